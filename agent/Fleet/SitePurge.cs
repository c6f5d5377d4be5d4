using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;

namespace EdgeAgent.Fleet;

/// <summary>What a device answered to a purge.</summary>
/// <param name="Answer">Null while the device is away: the command waits for it on the broker.</param>
internal sealed record DevicePurge(string Device, string? Answer);

/// <summary>
/// Deletes answers on every device of a site: one retained command each, which is cleared once the device has answered.
/// </summary>
internal sealed class SitePurge
{
    private static readonly TimeSpan Discovery = TimeSpan.FromSeconds(1), Timeout = TimeSpan.FromSeconds(10),
        PollInterval = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<string, bool> _isOnline = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _answers = new(StringComparer.Ordinal);

    /// <param name="site">A name, see <see cref="Topics.IsName"/>.</param>
    /// <param name="what">The command's payload.</param>
    /// <returns>The site's devices by name.</returns>
    /// <exception cref="IOException">The broker cannot be reached or refuses a message.</exception>
    public static async Task<IReadOnlyList<DevicePurge>> RunAsync(BrokerAccess broker, string site, JsonObject what, TimeProvider clock,
        ConnectionReport watch, CancellationToken cancellationToken)
    {
        var purge = new SitePurge();
        var (every, id) = (Topics.OfEveryDevice(site), $"p{Identifiers.New(clock)}");
        string Command(string device) => new Topics(site, device).Command(Operations.AnswersPurge, id);
        var client = await FleetClient.ConnectAsync(broker, $"purge-{id}", purge.Take, cancellationToken, watch).ConfigureAwait(false);
        await using (client.ConfigureAwait(false))
        {
            await client.SubscribeAsync(every.State, cancellationToken).ConfigureAwait(false);
            await Task.Delay(Discovery, clock, cancellationToken).ConfigureAwait(false);
            await client.SubscribeAsync(every.CommandStatus(Operations.AnswersPurge, id), cancellationToken).ConfigureAwait(false);
            var asked = purge._isOnline.Keys.Order(StringComparer.Ordinal).ToList();
            foreach (var device in asked)
                await client.PublishAsync(Command(device), Encoding.UTF8.GetBytes(what.ToJsonString()), retain: true,
                    cancellationToken).ConfigureAwait(false);
            for (var start = clock.GetTimestamp(); clock.GetElapsedTime(start) < Timeout && asked.Any(purge.IsAwaited);)
                await Task.Delay(PollInterval, clock, cancellationToken).ConfigureAwait(false);
            foreach (var device in asked.Where(purge._answers.ContainsKey))
                await client.PublishAsync(Command(device), default, retain: true, cancellationToken).ConfigureAwait(false);
            return [.. asked.Select(d => new DevicePurge(d, purge._answers.GetValueOrDefault(d)))];
        }
    }

    private bool IsAwaited(string device) => _isOnline[device] && !_answers.ContainsKey(device);

    private void Take(string topic, ReadOnlyMemory<byte> payload)
    {
        try
        {
            if (payload.IsEmpty || !Topics.TryParse(topic, out var parsed) || JsonNode.Parse(payload.Span) is not JsonObject body) return;
            if (parsed.Kind == DeviceTopicKind.CommandStatus)
                _answers[parsed.Device] =
                    body["deleted"] is { } deleted ? $"{deleted} deleted" : $"{body["state"]}: {body["detail"]}";
            else _isOnline[parsed.Device] = body["online"]?.GetValueKind() == JsonValueKind.True;
        }
        catch (JsonException)
        {
            // garbage from another client
        }
    }
}
