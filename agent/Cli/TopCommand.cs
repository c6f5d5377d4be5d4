using System.Collections.Concurrent;
using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;
using Spectre.Console;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent top</c>: the devices of a site as they report themselves, live.</summary>
internal static class TopCommand
{
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(1);

    public static Command Create(TimeProvider clock)
    {
        var seconds = new Option<double?>("--seconds") { Description = "End after this many seconds; default: Ctrl-C." };
        var command = new Command("top", "Show level, temperature, queue and cache of the devices of a site, live.") { seconds };
        var site = new SiteOptions(command, json: "Print one JSON object a line, as telemetry arrives.");
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(async () =>
        {
            var isJson = site.IsJson(result);
            var devices = new ConcurrentDictionary<string, TopRow>(StringComparer.Ordinal);
            var client = await FleetClient.ConnectAsync(site.Broker(result), $"top-{Identifiers.New(clock)}",
                (topic, payload) => Take(topic, payload, devices, isJson), cancellationToken,
                BrokerOptions.Watch(isWatch: true)).ConfigureAwait(false);
            await using (client.ConfigureAwait(false))
            {
                var every = Topics.OfEveryDevice(site.Site(result));
                foreach (var filter in new[] { every.State, every.Model, every.Telemetry })
                    await client.SubscribeAsync(filter, cancellationToken).ConfigureAwait(false);
                using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                if (result.GetValue(seconds) is { } limit)
                    end.CancelAfter(TimeSpan.FromSeconds(OptionValues.NotNegative("--seconds", limit)));
                await ShowAsync(client, devices, isJson, clock, end.Token).ConfigureAwait(false);
            }
            return ExitCodes.Success;
        }));
        return command;
    }

    private static async Task ShowAsync(FleetClient client, ConcurrentDictionary<string, TopRow> devices, bool isJson, TimeProvider clock,
        CancellationToken end)
    {
        try
        {
            if (isJson) await WatchAsync(client, () => { }, clock, end).ConfigureAwait(false);
            else
                await LiveConsole.Create().Live(Screen(client, devices, clock)).StartAsync(live =>
                    WatchAsync(client, () => live.UpdateTarget(Screen(client, devices, clock)), clock, end)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // Ctrl-C, or the time is up
        }
    }

    private static async Task WatchAsync(FleetClient client, Action show, TimeProvider clock, CancellationToken end)
    {
        while (true)
        {
            client.ThrowIfGone();
            show();
            await Task.Delay(RefreshInterval, clock, end).ConfigureAwait(false);
        }
    }

    private static void Take(string topic, ReadOnlyMemory<byte> payload, ConcurrentDictionary<string, TopRow> devices, bool isJson)
    {
        try
        {
            if (payload.IsEmpty || !Topics.TryParse(topic, out var parsed) || JsonNode.Parse(payload.Span) is not JsonObject body) return;
            if (isJson && parsed.Kind == DeviceTopicKind.Telemetry)
            {
                body["device"] = parsed.Device;
                Console.WriteLine(body.ToJsonString());
            }
            devices.AddOrUpdate(parsed.Device, _ => new TopRow().With(parsed.Kind, body), (_, row) => row.With(parsed.Kind, body));
        }
        catch (JsonException)
        {
            // garbage from another client
        }
    }

    private static Rows Screen(FleetClient client, ConcurrentDictionary<string, TopRow> devices, TimeProvider clock)
    {
        var lines = new List<string>();
        if (!client.IsConnected) lines.Add("No connection to the broker: this is what was heard last; connecting again.");
        if (!devices.IsEmpty) lines.Add(TopRow.Header);
        foreach (var (device, row) in devices.OrderBy(d => d.Key, StringComparer.Ordinal))
            lines.AddRange([row.Title(device), row.Figures(clock.GetUtcNow())]);
        return new Rows(lines.Select(line => new Text(line)));
    }
}
