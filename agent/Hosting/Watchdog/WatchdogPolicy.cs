namespace EdgeAgent.Hosting.Watchdog;

/// <summary>What a loop showed at a look.</summary>
/// <param name="Loop">Its name.</param>
/// <param name="Owner">What runs it: a loop that replaced another has moved.</param>
/// <param name="Rounds">Grows while it lives.</param>
/// <param name="Allowance">What its present round may take beyond the timeout.</param>
internal readonly record struct LoopSign(string Loop, object Owner, long Rounds, TimeSpan Allowance);

/// <summary>How long a loop has not moved.</summary>
internal readonly record struct LoopSilence(LoopSign Sign, TimeSpan Silent);

/// <summary>
/// Decides whether the process gets on. Time counts only between looks that come about when they should: a process that was stopped, or a
/// machine that slept, is not to blame for it.
/// </summary>
internal static class WatchdogPolicy
{
    /// <summary>A look that comes later than so many intervals was held up with everything else.</summary>
    private const int MaxIntervals = 2;

    /// <summary>The silence of every loop after a look.</summary>
    /// <param name="before">What the look before gave; empty at first.</param>
    /// <param name="signs">Loops that are there now; one that is not has nothing to show.</param>
    /// <param name="elapsed">Since the look before.</param>
    public static IReadOnlyList<LoopSilence> Look(IReadOnlyList<LoopSilence> before, IEnumerable<LoopSign> signs, TimeSpan elapsed,
        TimeSpan interval)
    {
        var counted = elapsed < MaxIntervals * interval ? elapsed : MaxIntervals * interval;
        return [.. signs.Select(sign => new LoopSilence(sign,
            before.Where(b => IsSameRound(b.Sign, sign)).Select(b => b.Silent + counted).FirstOrDefault(TimeSpan.Zero)))];
    }

    /// <summary>Loops that no longer get on: the watchdog is not fed while there is one.</summary>
    public static IEnumerable<LoopSilence> Stuck(IEnumerable<LoopSilence> loops, TimeSpan timeout) =>
        loops.Where(l => l.Silent >= timeout + l.Sign.Allowance);

    private static bool IsSameRound(LoopSign before, LoopSign now) =>
        before.Loop == now.Loop && ReferenceEquals(before.Owner, now.Owner) && before.Rounds == now.Rounds;
}
