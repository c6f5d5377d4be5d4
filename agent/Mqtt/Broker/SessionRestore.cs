using Microsoft.Extensions.Logging;
using MQTTnet;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;
using MQTTnet.Server;

namespace EdgeAgent.Mqtt.Broker;

/// <summary>
/// Makes the sessions anew that outlived the broker, as their clients would: connects, subscribes and goes. Rights are looked at again:
/// whoever has lost one does not keep it through a restart.
/// </summary>
/// <param name="maxExpiry">Longest time a session is kept.</param>
internal sealed partial class SessionRestore(MqttServer server, BrokerListeners listeners, UserDirectory users, BrokerSessions sessions,
    TimeSpan maxExpiry, ILogger logger)
{
    /// <summary>The sessions as they are now.</summary>
    public IReadOnlyList<KeptSession> Now() =>
    [
        .. sessions.All.Where(s => s.IsKept).Select(s => new KeptSession(s.Client.ClientId, s.Client.User, s.Client.Role,
            s.Expiry.TotalSeconds, s.AwaySince, [.. s.Subscriptions.Values.Select(f =>
                new KeptSubscription(f.Topic, (int)f.QualityOfServiceLevel, f.NoLocal, f.RetainAsPublished))]))
    ];

    /// <param name="kept">The sessions as they were.</param>
    public async Task RunAsync(IReadOnlyList<KeptSession> kept, DateTimeOffset now)
    {
        foreach (var each in kept)
        {
            var left = TimeSpan.FromSeconds(each.ExpirySeconds) - (now - (each.AwaySince ?? now));
            if (left <= TimeSpan.Zero || !IsStillUser(each)) continue;
            try
            {
                await RestoreAsync(each).ConfigureAwait(false);
                if (sessions.Find(each.ClientId) is { } session) (session.Expiry, session.AwaySince) = (left, now);
            }
            catch (Exception e) when (e is MqttCommunicationException or IOException or InvalidOperationException
                or OperationCanceledException)
            {
                NotRestored(logger, e.Message);
            }
        }
    }

    private bool IsStillUser(KeptSession kept) => users.HasUsers
        ? users.Find(kept.User)?.Role == kept.Role : kept.User.Length == 0 && kept.Role == BrokerRole.Local;

    private async Task RestoreAsync(KeptSession kept)
    {
        var adapters = new InsideClientFactory(listeners, kept.Role) { ActsFor = new BrokerClient(kept.User, kept.Role, kept.ClientId) };
        using var client = new MqttClientFactory().CreateMqttClient(adapters);
        await client.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("inside").WithClientId(kept.ClientId)
            .WithProtocolVersion(MqttProtocolVersion.V500).WithCleanStart(false)
            .WithSessionExpiryInterval((uint)maxExpiry.TotalSeconds).Build()).ConfigureAwait(false);
        if (kept.Subscriptions.Count > 0)
            await server.SubscribeAsync(kept.ClientId, [.. kept.Subscriptions.Select(s => new MqttTopicFilter
            {
                Topic = s.Filter,
                QualityOfServiceLevel = (MqttQualityOfServiceLevel)Math.Clamp(s.Qos, 0, 2),
                NoLocal = s.NoLocal,
                RetainAsPublished = s.RetainAsPublished,
                RetainHandling = MqttRetainHandling.DoNotSendOnSubscribe,
            })]).ConfigureAwait(false);
        // without a reason: the session stays
        await client.DisconnectAsync(new MqttClientDisconnectOptions()).ConfigureAwait(false);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A session of the embedded broker is not restored: {Reason}")]
    private static partial void NotRestored(ILogger logger, string reason);
}
