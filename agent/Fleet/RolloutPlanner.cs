using System.Globalization;
using EdgeAgent.Updates;

namespace EdgeAgent.Fleet;

/// <summary>Decides a rollout's next step: who is next, when the next stage begins, when it stops and when it is done. Pure.</summary>
internal static class RolloutPlanner
{
    /// <summary>How many devices a stage means.</summary>
    /// <exception cref="FormatException">Neither a count nor a percentage.</exception>
    public static int Count(string stage, int devices)
    {
        ArgumentNullException.ThrowIfNull(stage);
        if (stage.EndsWith('%') && double.TryParse(stage.AsSpan(0, stage.Length - 1), CultureInfo.InvariantCulture, out var percent)
            && percent is > 0 and <= 100) return Math.Clamp((int)Math.Ceiling(devices * percent / 100), 1, devices);
        if (int.TryParse(stage, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0)
            return Math.Min(count, devices);
        throw new FormatException($"a stage is a count of devices or a percentage, found '{stage}'");
    }

    /// <param name="progress">By device; devices that have not reported are missing.</param>
    /// <param name="sent">Devices that have the command.</param>
    public static RolloutPlan Next(RolloutRecord rollout, IReadOnlyDictionary<string, DeviceProgress> progress, IReadOnlySet<string> sent,
        DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        if (rollout.State != RolloutState.Running) return new RolloutPlan(rollout, [], []);
        var stage = StageOf(rollout, progress);
        if (stage.Count == 0) return Abort(rollout, progress, sent); // nobody is left to try it
        var ended = stage.Where(d => IsOver(progress, d)).ToList();
        if (ended.Count(d => progress[d].IsBad) is > 0 and var bad && bad > rollout.AbortAbove * stage.Count)
            return Abort(rollout, progress, sent);
        var send = stage.Where(d => !sent.Contains(d)).ToList();
        if (send.Count == 0 && ended.Count == stage.Count) return new RolloutPlan(Advance(rollout, now), [], []);
        var running = rollout with
        {
            StageEndedAt = null,
            StageStartedAt = rollout.StageTimeoutS > 0 ? rollout.StageStartedAt ?? now : null
        };
        if (send.Count > 0 || !(now - running.StageStartedAt >= TimeSpan.FromSeconds(running.StageTimeoutS)))
            return new RolloutPlan(running, send, []);
        return new RolloutPlan(running with
        {
            PassedOver = [.. rollout.PassedOver.Union(stage.Except(ended))],
            StageStartedAt = null
        }, [], []);
    }

    /// <summary>The devices of the present stage: the first in line that were not passed over, or have ended since.</summary>
    public static IReadOnlyList<string> StageOf(RolloutRecord rollout, IReadOnlyDictionary<string, DeviceProgress> progress)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        return [.. rollout.Devices.Where(d => !rollout.PassedOver.Contains(d) || IsOver(progress, d))
            .Take(Count(rollout.Stages[rollout.Stage], rollout.Devices.Count))];
    }

    private static bool IsOver(IReadOnlyDictionary<string, DeviceProgress> progress, string device) =>
        progress.TryGetValue(device, out var p) && p.IsOver;

    /// <summary>Ends the rollout: devices that have not committed lose the command.</summary>
    public static RolloutPlan Abort(RolloutRecord rollout, IReadOnlyDictionary<string, DeviceProgress> progress, IReadOnlySet<string> sent)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        return new RolloutPlan(rollout with { State = RolloutState.Aborted }, [],
            [.. sent.Where(d => !progress.TryGetValue(d, out var p) || p.State < UpdateState.Committed)]);
    }

    /// <summary>All devices of the stage have ended: the rollout is done, or dwells, or enters its next stage.</summary>
    private static RolloutRecord Advance(RolloutRecord rollout, DateTimeOffset now)
    {
        if (rollout.Stage + 1 >= rollout.Stages.Count) return rollout with { State = RolloutState.Done };
        if (rollout.StageEndedAt is not { } since) return rollout with { StageEndedAt = now };
        return now - since < TimeSpan.FromSeconds(rollout.DwellS)
            ? rollout : rollout with { Stage = rollout.Stage + 1, StageEndedAt = null, StageStartedAt = null };
    }
}
