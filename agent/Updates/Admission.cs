namespace EdgeAgent.Updates;

/// <summary>What the device allows at present.</summary>
/// <param name="Reason">Why an update must wait; null if it may go on.</param>
/// <param name="Detail">The cause, for people.</param>
internal sealed record Admission(string? Reason, string? Detail = null)
{
    public static readonly Admission Open = new((string?)null);
}
