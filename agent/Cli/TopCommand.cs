using System.Collections.Concurrent;
using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Fleet;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;
using Spectre.Console;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent top</c>: the devices of a site as they say they are, live.</summary>
internal static class TopCommand
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1), Stale = TimeSpan.FromSeconds(30);

    public static Command Create(TimeProvider clock)
    {
        var defaults = new MqttOptions();
        var broker = new Option<string>("--broker")
        {
            Description = "mqtt://host[:port]",
            DefaultValueFactory = _ => $"mqtt://{defaults.Listen}"
        };
        var site = new Option<string>("--site") { Description = "Site in the topics.", DefaultValueFactory = _ => defaults.Site };
        var seconds = new Option<double?>("--seconds") { Description = "End after so many seconds; default: Ctrl-C." };
        var asJson = new Option<bool>("--json") { Description = "One JSON object a line, as telemetry comes." };
        var command = new Command("top", "Level, temperature, queue and cache of the devices of a site, live.") { broker, site, seconds,
            asJson };
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(async () =>
        {
            SiteView.CheckName(result.GetRequiredValue(site));
            var devices = new ConcurrentDictionary<string, JsonObject>(StringComparer.Ordinal);
            var client =
                await FleetClient.ConnectAsync(BrokerAddress.Parse(result.GetRequiredValue(broker)), $"top-{Identifiers.New(clock)}",
                    (topic, payload) => Take(topic, payload, devices, result.GetValue(asJson)), cancellationToken).ConfigureAwait(false);
            await using (client.ConfigureAwait(false))
            {
                var every = Topics.OfEveryDevice(result.GetRequiredValue(site));
                foreach (var filter in new[] { every.State, every.Model, every.Telemetry })
                    await client.SubscribeAsync(filter, cancellationToken).ConfigureAwait(false);
                using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                if (result.GetValue(seconds) is { } limit) end.CancelAfter(TimeSpan.FromSeconds(limit));
                await ShowAsync(devices, result.GetValue(asJson), clock, end.Token).ConfigureAwait(false);
            }
            return ExitCodes.Success;
        }));
        return command;
    }

    private static async Task ShowAsync(ConcurrentDictionary<string, JsonObject> devices, bool asJson, TimeProvider clock,
        CancellationToken end)
    {
        try
        {
            if (asJson) await Task.Delay(Timeout.InfiniteTimeSpan, clock, end).ConfigureAwait(false);
            await AnsiConsole.Live(Table(devices, clock)).StartAsync(async live =>
            {
                while (true)
                {
                    live.UpdateTarget(Table(devices, clock));
                    await Task.Delay(Beat, clock, end).ConfigureAwait(false);
                }
            }).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C, or the time is up
        }
    }

    private static void Take(string topic, ReadOnlyMemory<byte> payload, ConcurrentDictionary<string, JsonObject> devices, bool asJson)
    {
        try
        {
            var parts = topic.Split('/');
            if (payload.IsEmpty || JsonNode.Parse(payload.Span) is not JsonObject body) return;
            if (asJson && parts[4] == "telemetry")
            {
                body["device"] = parts[3];
                Console.WriteLine(body.ToJsonString());
            }
            var device = devices.GetOrAdd(parts[3], _ => []);
            lock (device) device[parts[4]] = body.DeepClone();
        }
        catch (JsonException)
        {
            // somebody's garbage
        }
    }

    private static Table Table(ConcurrentDictionary<string, JsonObject> devices, TimeProvider clock)
    {
        var table = new Table()
            .AddColumns("device", "online", "level", "C", "running", "waiting", "tokens/s", "W", "J/answer", "answers", "cache hits",
                "release", "update", "why");
        foreach (var (name, device) in devices.OrderBy(d => d.Key, StringComparer.Ordinal))
            lock (device)
            {
                var telemetry = device["telemetry"];
                string Of(string key) => telemetry?[key]?.ToString() ?? "";
                var isOld = telemetry?["at"] is { } at
                    && DateTimeOffset.TryParse(at.ToString(), System.Globalization.CultureInfo.InvariantCulture, out var when)
                    && clock.GetUtcNow() - when > Stale;
                table.AddRow([new Text(name), new Text(device["state"]?["online"]?.ToString() == "true" ? "yes" : "no"),
                    new Text(isOld ? $"({Of("level")})" : Of("level")), new Text(Of("temperature_c")), new Text(Of("running")),
                    new Text(Of("waiting")), new Text(Of("tokens_s")), new Text(Of("power_w")), new Text(Of("j_per_answer")),
                    new Text(Of("answers")),
                    new Text(
                        $"{Of("cache_hits")} of " +
                        $"{(long.TryParse(Of("cache_hits"), out var hits) && long.TryParse(Of("cache_misses"), out var misses) ? hits + misses : 0)}"), new Text(device["model"]?["release"]?.ToString() ?? ""), new Text(device["model"]?["state"]?.ToString() ?? ""), new Text(Of("reason"))]);
            }
        return table;
    }
}
