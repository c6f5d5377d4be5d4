namespace EdgeAgent.Queries;

/// <summary>Error codes of replies.</summary>
internal static class ErrorCodes
{
    public const string InvalidRequest = "invalid_request", Overloaded = "overloaded", Expired = "expired", TooLong = "too_long",
        Unavailable = "unavailable", Forbidden = "forbidden";
}

/// <summary>Why a query gets no answer. The message is for the asker and never contains question text.</summary>
internal sealed record QueryError(string Code, string Message, double? RetryAfterSeconds = null)
{
    public static readonly QueryError Stopping = new(ErrorCodes.Unavailable, "the device is stopping", 5),
        IntakeFull = new(ErrorCodes.Overloaded, "the intake is full", 1);
}
