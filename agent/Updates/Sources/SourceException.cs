namespace EdgeAgent.Updates.Sources;

/// <summary>A bundle's source cannot give what was asked of it.</summary>
/// <param name="reason">One of <see cref="UpdateReasons"/>: how the update ends if nothing changes.</param>
/// <param name="message">For people: what was expected, what was found, what to do.</param>
internal class SourceException(string reason, string message, Exception? inner = null) : IOException(message, inner)
{
    public string Reason => reason;

    /// <summary>Attempts in a row after which the update fails: 1 for a cause that waiting does not change.</summary>
    public int MaxAttempts { get; init; } = 1;
}
