using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Fleet;
using Spectre.Console;

namespace EdgeAgent.Cli;

/// <summary>Prints a site: the rollout, and the devices with their updates.</summary>
internal static class FleetReport
{
    public static void Print(SiteView view, RolloutRecord? rollout, bool isJson)
    {
        if (isJson)
        {
            Console.WriteLine(Json(view, rollout).ToJsonString());
            return;
        }
        if (rollout is not null)
            AnsiConsole.MarkupLine(Markup.Escape($"rollout {rollout.Id}: {Word(rollout.State)}, stage {rollout.Stage + 1} of " +
                $"{rollout.Stages.Count} ({rollout.Stages[rollout.Stage]}), bundle {rollout.Bundle[..12]}"));
        AnsiConsole.Write(Table(view, rollout));
    }

    private static JsonObject Json(SiteView view, RolloutRecord? rollout) => new()
    {
        ["rollout"] = rollout is null ? null : JsonSerializer.SerializeToNode(rollout, FleetJson.Default.RolloutRecord),
        ["devices"] = new JsonArray([.. view.Devices.Select(device => (JsonNode)new JsonObject
        {
            ["device"] = device,
            ["online"] = view.IsOnline(device),
            ["model"] = view.ModelOf(device)?.DeepClone(),
            ["worse"] = IsWorse(view, device, rollout),
            ["update"] = view.StatusOf(device, rollout)?.Body.DeepClone(),
        })]),
    };

    private static Table Table(SiteView view, RolloutRecord? rollout)
    {
        var table = new Table().AddColumns("device", "online", "release", "state", "done", "reason");
        foreach (var device in view.Devices)
        {
            var status = view.StatusOf(device, rollout);
            var verdict = IsWorse(view, device, rollout) ? "rated worse than the release before" : "";
            table.AddRow(new Text(device), new Text(view.IsOnline(device) ? "yes" : "no"),
                new Text(view.ModelOf(device)?["release"]?.ToString() ?? ""), new Text(status is null ? "" : Word(status.State)),
                new Text(status is { BytesTotal: > 0 } ? $"{status.BytesDone:N0} of {status.BytesTotal:N0}" : ""),
                new Text($"{status?.Reason} {status?.Detail} {verdict}".Trim()));
        }
        return table;
    }

    private static bool IsWorse(SiteView view, string device, RolloutRecord? rollout) =>
        rollout is not null && view.IsWorse(device, rollout.WorseBy);

    private static string Word<T>(T state) where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(state.ToString());
}
