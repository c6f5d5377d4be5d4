using System.Text.Json.Nodes;

namespace EdgeAgent.Fleet;

/// <summary>One change of a rollout: of one of its devices, or of the whole.</summary>
/// <param name="Device">Null for the whole rollout.</param>
/// <param name="Text">For people.</param>
/// <param name="Json">For programs.</param>
internal sealed record RolloutChange(string? Device, string Text, JsonObject Json);

/// <summary>Finds what has changed in a rollout since the last look. A device's bytes alone are no change.</summary>
internal sealed class RolloutNews
{
    private readonly Dictionary<string, (string, string?, string?)> _devices = new(StringComparer.Ordinal);
    private (RolloutState, int, int)? _rollout;

    public IReadOnlyList<RolloutChange> Since(RolloutRecord rollout, SiteView view)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        ArgumentNullException.ThrowIfNull(view);
        var changes = new List<RolloutChange>();
        foreach (var device in rollout.Devices)
            if (view.RolloutStatusOf(device, rollout) is { } status && Of(device, status) is { } change) changes.Add(change);
        if (_rollout != (rollout.State, rollout.Stage, rollout.PassedOver.Count))
        {
            changes.Add(Of(rollout, view));
            _rollout = (rollout.State, rollout.Stage, rollout.PassedOver.Count);
        }
        return changes;
    }

    private RolloutChange? Of(string device, DeviceStatus status)
    {
        var now = (Word(status.State), status.Reason, status.Detail);
        if (_devices.TryGetValue(device, out var before) && before == now) return null;
        _devices[device] = now;
        var done = status.BytesTotal > 0 ? $" {status.BytesDone:N0} of {status.BytesTotal:N0} bytes" : "";
        var why = $"{status.Reason} {status.Detail}".Trim();
        return new RolloutChange(device, $"{device}: {now.Item1}{done}{(why.Length > 0 ? $" ({why})" : "")}", new JsonObject
        {
            ["device"] = device,
            ["state"] = now.Item1,
            ["reason"] = status.Reason,
            ["detail"] = status.Detail,
            ["bytes_done"] = status.BytesDone,
            ["bytes_total"] = status.BytesTotal
        });
    }

    private static RolloutChange Of(RolloutRecord rollout, SiteView view)
    {
        var progress = view.ProgressOf(rollout);
        var stage = RolloutPlanner.StageOf(rollout, progress);
        var counts = RolloutCounts.Of(rollout, progress, view.SentOf(rollout));
        var passed = rollout.PassedOver.Where(d => !(progress.TryGetValue(d, out var p) && p.IsOver)).ToList();
        var text = rollout.State == RolloutState.Running
            ? $"stage {rollout.Stage + 1} of {rollout.Stages.Count} ({rollout.Stages[rollout.Stage]}): {string.Join(", ", stage)}"
            : $"rollout {Word(rollout.State)}: {counts}";
        if (passed.Count > 0)
            text += $"; passed over after {rollout.StageTimeoutS:0} s: {string.Join(", ", passed)} (the command waits on the broker)";
        return new RolloutChange(null, text, new JsonObject
        {
            ["rollout"] = rollout.Id,
            ["state"] = Word(rollout.State),
            ["stage"] = rollout.Stage + 1,
            ["stages"] = rollout.Stages.Count,
            ["devices"] = new JsonArray([.. stage.Select(d => (JsonNode)d)]),
            ["passed_over"] = new JsonArray([.. passed.Select(d => (JsonNode)d)]),
            ["committed"] = counts.Committed,
            ["failed"] = counts.Failed,
            ["unfinished"] = counts.Unfinished,
            ["silent"] = counts.Silent
        });
    }

    private static string Word<T>(T state) where T : struct, Enum =>
        System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(state.ToString());
}
