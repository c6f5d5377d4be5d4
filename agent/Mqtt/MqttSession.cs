using System.Collections.Concurrent;
using MQTTnet;

namespace EdgeAgent.Mqtt;

/// <summary>One connection of a client from its CONNECT to its end.</summary>
internal sealed class MqttSession(IMqttClient client)
{
    /// <summary>How long a broker may take to answer where there is another one.</summary>
    private static readonly TimeSpan OtherBrokerTimeout = TimeSpan.FromSeconds(10);

    public IMqttClient Client => client;

    /// <summary>Completes with the end of the connection, and why it ended.</summary>
    public TaskCompletionSource<ConnectionEnd> Lost { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>At-least-once messages that were begun and are not confirmed.</summary>
    public int UnderWay;

    /// <summary>Filters subscribed on this connection.</summary>
    public ConcurrentDictionary<string, Subscription> Subscribed { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether all subscriptions are there.</summary>
    public volatile bool IsReady;

    /// <summary>Connects, and returns the broker's answer.</summary>
    /// <exception cref="BrokerSilentException">There was none.</exception>
    public async Task<MqttClientConnectResult> ConnectAsync(ConnectionProfile profile, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var limit = profile.Others.Count > 0 ? OtherBrokerTimeout : profile.Timeout;
        using var timeout = new CancellationTokenSource(limit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            return await client.ConnectAsync(ClientOptions.Build(profile), either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new BrokerSilentException(limit, e);
        }
    }
}
