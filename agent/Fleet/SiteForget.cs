using System.Collections.Concurrent;
using System.Text.Json;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;

namespace EdgeAgent.Fleet;

/// <summary>Clears what a broker retains of a device that is gone: its commands, their statuses, its model and its state.</summary>
internal sealed class SiteForget
{
    private readonly ConcurrentDictionary<string, DeviceTopicKind> _retained = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _isOnline = new(StringComparer.Ordinal);
    private readonly string _device;

    private SiteForget(string device) => _device = device;

    /// <param name="who">Names, see <see cref="Topics.IsName"/>.</param>
    /// <param name="isForced">Also a device that is online; it publishes its topics again.</param>
    /// <returns>The topics that were cleared.</returns>
    /// <exception cref="IOException">The broker cannot be reached or refuses a message; the device is online, or unknown.</exception>
    public static async Task<IReadOnlyList<string>> RunAsync(BrokerAccess broker, (string Site, string Device) who, bool isForced,
        TimeProvider clock, ConnectionReport watch, CancellationToken cancellationToken)
    {
        var (site, device) = who;
        var (forget, topics) = (new SiteForget(device), new Topics(site, device));
        var client = await FleetClient.ConnectAsync(broker, $"forget-{Identifiers.New(clock)}", forget.Take, cancellationToken, watch)
            .ConfigureAwait(false);
        await using (client.ConfigureAwait(false))
        {
            foreach (var filter in new[] { Topics.OfEveryDevice(site).State, topics.Model, topics.Commands, topics.StatusesOf("+") })
                await client.SubscribeAsync(filter, cancellationToken).ConfigureAwait(false);
            await Task.Delay(RolloutRunner.SettleTime, clock, cancellationToken).ConfigureAwait(false);
            if (forget._retained.IsEmpty)
                throw new IOException(DeviceNames.Problem([device], [.. forget._isOnline.Keys.Order(StringComparer.Ordinal)], site)
                    ?? $"the broker retains nothing of '{device}'");
            if (forget._isOnline.GetValueOrDefault(device) && !isForced)
                throw new IOException($"'{device}' is online: stop its service first. --force clears its topics anyway; a device that " +
                    "still runs writes some of them again");
            // the state last: a device whose clearing was interrupted is still listed
            var cleared = forget._retained.OrderByDescending(t => t.Value != DeviceTopicKind.State).ThenBy(t => t.Key,
                StringComparer.Ordinal).Select(t => t.Key).ToList();
            foreach (var topic in cleared)
                await client.PublishAsync(topic, default, retain: true, cancellationToken).ConfigureAwait(false);
            return cleared;
        }
    }

    private void Take(string topic, ReadOnlyMemory<byte> payload)
    {
        if (!Topics.TryParse(topic, out var parsed)) return;
        if (parsed.Kind == DeviceTopicKind.State) _isOnline[parsed.Device] = IsOnline(payload);
        if (parsed.Device != _device) return;
        if (payload.IsEmpty) _retained.TryRemove(topic, out _);
        else _retained[topic] = parsed.Kind;
    }

    private static bool IsOnline(ReadOnlyMemory<byte> state)
    {
        try
        {
            using var document = JsonDocument.Parse(state);
            return document.RootElement.TryGetProperty("online", out var online) && online.ValueKind == JsonValueKind.True;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false; // somebody's garbage, which is to be cleared too
        }
    }
}
