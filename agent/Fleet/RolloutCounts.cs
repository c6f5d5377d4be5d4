using EdgeAgent.Updates;

namespace EdgeAgent.Fleet;

/// <summary>How many of a rollout's devices are where. Pure.</summary>
/// <param name="Committed">They serve the bundle.</param>
/// <param name="Worse">Committed, and their users rate the answers lower than before.</param>
/// <param name="Failed">Failed, rolled back or cancelled.</param>
/// <param name="Unfinished">They have the command and have reported, and have not ended.</param>
/// <param name="Silent">They have the command and have not reported.</param>
/// <param name="Untouched">They do not have the command.</param>
internal sealed record RolloutCounts(int Committed, int Worse, int Failed, int Unfinished, int Silent, int Untouched)
{
    /// <param name="sent">Devices that have the command, or had it when the rollout ended.</param>
    public static RolloutCounts Of(RolloutRecord rollout, IReadOnlyDictionary<string, DeviceProgress> progress, IReadOnlySet<string> sent)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        var known = rollout.Devices.Where(progress.ContainsKey).Select(d => progress[d]).ToList();
        var silent = rollout.Devices.Count(d => !progress.ContainsKey(d) && (sent.Contains(d) || rollout.PassedOver.Contains(d)));
        return new RolloutCounts(known.Count(p => p.State == UpdateState.Committed), known.Count(p => p is { IsOver: true, IsWorse: true }),
            known.Count(p => p.IsOver && p.State != UpdateState.Committed), known.Count(p => !p.IsOver), silent,
            rollout.Devices.Count - known.Count - silent);
    }

    public override string ToString() => string.Join(", ", new[]
    {
        (Committed, "committed"), (Worse, "rated worse"), (Failed, "failed or cancelled"), (Unfinished, "not finished"), (Silent, "silent"),
        (Untouched, "not asked")
    }.Where(part => part.Item1 > 0 || part.Item2 == "committed").Select(part => $"{part.Item1} {part.Item2}"));
}
