using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Fleet;
using Spectre.Console;

namespace EdgeAgent.Cli;

/// <summary>Prints a site: the rollout, and the devices with their updates.</summary>
internal static class FleetReport
{
    public static void Print(SiteClient site, RolloutRecord? rollout, bool isJson)
    {
        var view = site.View;
        if (isJson)
        {
            Console.WriteLine(Json(view, rollout, site.IsConnected).ToJsonString());
            return;
        }
        if (!site.IsConnected)
            AnsiConsole.MarkupLine(Markup.Escape("No connection to the broker: this is what was heard last; connecting again."));
        if (rollout is not null)
            AnsiConsole.MarkupLine(Markup.Escape($"rollout {rollout.Id}: {Word(rollout.State)}, stage {rollout.Stage + 1} of " +
                $"{rollout.Stages.Count} ({rollout.Stages.ElementAtOrDefault(rollout.Stage)}), " +
                $"{rollout.Kind ?? "bundle"} {Shortened(rollout.Bundle)}: " +
                $"{RolloutCounts.Of(rollout, view.ProgressOf(rollout), view.SentOf(rollout))}"));
        AnsiConsole.Write(Table(view, rollout));
    }

    private static JsonObject Json(SiteView view, RolloutRecord? rollout, bool isConnected) => new()
    {
        ["connected"] = isConnected,
        ["rollout"] = rollout is null ? null : JsonSerializer.SerializeToNode(rollout, FleetJson.Default.RolloutRecord),
        ["devices"] = new JsonArray([.. Devices(view, rollout).Select(device => (JsonNode)new JsonObject
        {
            ["device"] = device,
            ["known"] = view.Devices.Contains(device),
            ["online"] = view.IsOnline(device),
            ["model"] = view.ModelOf(device)?.DeepClone(),
            ["library"] = view.LibraryOf(device),
            ["worse"] = IsWorse(view, device, rollout),
            ["update"] = view.StatusOf(device, rollout)?.Body.DeepClone(),
        })]),
    };

    /// <summary>The devices that the broker knows, and those of the rollout that it does not.</summary>
    private static IEnumerable<string> Devices(SiteView view, RolloutRecord? rollout) =>
        view.Devices.Union(rollout?.Devices ?? []).Order(StringComparer.Ordinal);

    private static Table Table(SiteView view, RolloutRecord? rollout)
    {
        var table = new Table().AddColumns("device", "online", "release", "library", "state", "done", "reason");
        foreach (var device in Devices(view, rollout))
        {
            var status = view.StatusOf(device, rollout);
            var isSilent = status is null && rollout is not null && view.SentOf(rollout).Contains(device);
            var verdict = IsWorse(view, device, rollout) ? "rated worse than the release before" : "";
            table.AddRow(new Text(device), new Text(view.IsOnline(device) ? "yes" : view.Devices.Contains(device) ? "no" : "never seen"),
                new Text(view.ModelOf(device)?["release"]?.ToString() ?? ""),
                new Text(view.LibraryOf(device)?["version"]?.ToString() ?? ""),
                new Text(status is not null ? Word(status.State) : isSilent ? "silent" : ""),
                new Text(status is { BytesTotal: > 0 } ? Share(status) : ""),
                new Text($"{status?.Reason} {status?.Detail} {verdict}".Trim()));
        }
        return table;
    }

    private static string Share(DeviceStatus status) => status.BytesTotal < 10_000_000
        ? $"{status.BytesDone / 1e3:N0} of {status.BytesTotal / 1e3:N0} kB"
        : $"{status.BytesDone / 1e6:N0} of {status.BytesTotal / 1e6:N0} MB";

    private static string Shortened(string bundle) => bundle.Length > 12 ? bundle[..12] : bundle;

    private static bool IsWorse(SiteView view, string device, RolloutRecord? rollout) =>
        rollout is not null && view.IsWorse(device, rollout);

    private static string Word<T>(T state) where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(state.ToString());
}
