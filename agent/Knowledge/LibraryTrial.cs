namespace EdgeAgent.Knowledge;

/// <summary>A library that answers a share of the questions beside the one that serves. Safe for concurrent use.</summary>
/// <param name="share">0..1.</param>
internal sealed class LibraryTrial(LibraryAccess library, double share)
{
    private long _questions, _answered, _failed;

    public LibraryAccess Library => library;

    /// <summary>Questions it was searched for.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>Questions that it failed; the other library answered them.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Whether the next question is its: evenly spread, so that the share holds from the first question on.</summary>
    public bool Take()
    {
        var n = Interlocked.Increment(ref _questions);
        return (long)(n * share) != (long)((n - 1) * share);
    }

    public void CountAnswer() => Interlocked.Increment(ref _answered);

    public void CountFailure() => Interlocked.Increment(ref _failed);
}
