using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Cli;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;

namespace EdgeAgent.Fleet;

/// <summary>
/// Deletes answers on every device of a site: one retained command each, which is taken back once the device has answered.
/// </summary>
internal static class SitePurge
{
    private static readonly TimeSpan Find = TimeSpan.FromSeconds(1), Timeout = TimeSpan.FromSeconds(10);

    public static async Task<int> RunAsync(BrokerAddress broker, string site, JsonObject what, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        SiteView.CheckName(site);
        var devices = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal); // whether it is online
        var answers = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        var id = $"p{Identifiers.New(clock)}";
        var client =
            await FleetClient.ConnectAsync(broker, $"purge-{id}", (topic, payload) => Take(topic, payload, devices, answers),
                cancellationToken).ConfigureAwait(false);
        await using (client.ConfigureAwait(false))
        {
            await client.SubscribeAsync(Topics.OfEveryDevice(site).State, cancellationToken).ConfigureAwait(false);
            await Task.Delay(Find, clock, cancellationToken).ConfigureAwait(false);
            await client.SubscribeAsync(Topics.OfEveryDevice(site).CommandStatus(Operations.AnswersPurge, id),
                cancellationToken).ConfigureAwait(false);
            var asked = devices.Keys.Order(StringComparer.Ordinal).ToList();
            foreach (var device in asked)
                await client.PublishAsync(new Topics(site, device).Command(Operations.AnswersPurge, id),
                    Encoding.UTF8.GetBytes(what.ToJsonString()), retain: true, cancellationToken).ConfigureAwait(false);
            for (var start = clock.GetTimestamp(); clock.GetElapsedTime(start) < Timeout
                && asked.Any(d => devices[d] && !answers.ContainsKey(d));)
                await Task.Delay(TimeSpan.FromMilliseconds(50), clock, cancellationToken).ConfigureAwait(false);
            foreach (var device in asked.Where(answers.ContainsKey))
                await client.PublishAsync(new Topics(site, device).Command(Operations.AnswersPurge, id), default, retain: true,
                    cancellationToken).ConfigureAwait(false);
            foreach (var device in asked)
                Console.WriteLine($"{device,-24} {answers.GetValueOrDefault(device, "is away: the command waits for it on the broker")}");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{answers.Count} of {asked.Count} devices"));
            return asked.Count > 0 && asked.TrueForAll(answers.ContainsKey) ? ExitCodes.Success : ExitCodes.Failure;
        }
    }

    private static void Take(string topic, ReadOnlyMemory<byte> payload, ConcurrentDictionary<string, bool> devices,
        ConcurrentDictionary<string, string> answers)
    {
        try
        {
            var parts = topic.Split('/');
            if (payload.IsEmpty || JsonNode.Parse(payload.Span) is not JsonObject body) return;
            if (parts[^1] == "status")
                answers[parts[3]] = body["deleted"] is { } deleted ? $"{deleted} deleted" : $"{body["state"]}: {body["detail"]}";
            else devices[parts[3]] = body["online"]?.ToString() == "true";
        }
        catch (JsonException)
        {
            // somebody's garbage
        }
    }
}
