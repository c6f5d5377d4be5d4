using System.Net;
using System.Security.Cryptography.X509Certificates;
using MQTTnet.Adapter;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace EdgeAgent.Mqtt.Broker;

/// <summary>What every connection of one broker shares.</summary>
/// <param name="MaxPacketBytes">Largest packet after the login.</param>
/// <param name="Ledger">What waits for the clients.</param>
internal sealed record ChannelContext(EmbeddedBrokerOptions Options, int MaxPacketBytes, QueueLedger Ledger, BrokerFigures Figures,
    TimeProvider Clock)
{
    private long _named;

    /// <summary>A client id that no other client of this broker has been given.</summary>
    public string NewName() => $"anonymous-{Interlocked.Increment(ref _named)}";
}

/// <summary>
/// One connection, between the bytes and the library's broker. Gives clients without an identifier one (MQTT 3.1.1, section 3.1.3.1),
/// bounds a session's lifetime, keeps the account's pace by reading no faster, and ends the connection at what the library would take
/// without bound.
/// </summary>
/// <param name="place">Null for connections inside the process, which have no limits.</param>
internal sealed class BrokerChannel(MqttChannelAdapter inner, StreamChannel bytes, ChannelContext context, ConnectionGate.Place? place)
    : IMqttChannelAdapter
{
    /// <summary>A farewell to a client that does not read must not hold up the broker.</summary>
    private static readonly TimeSpan FarewellTimeout = TimeSpan.FromSeconds(1);

    private readonly Dictionary<ushort, int[]> _filterOrder = [];
    private uint? _grantedExpiry;

    public long BytesReceived => inner.BytesReceived;
    public long BytesSent => inner.BytesSent;
    public X509Certificate2 ClientCertificate => inner.ClientCertificate;
    public EndPoint RemoteEndPoint => inner.RemoteEndPoint;
    public EndPoint LocalEndPoint => inner.LocalEndPoint;
    public bool IsSecureConnection => inner.IsSecureConnection;
    public MqttPacketFormatterAdapter PacketFormatterAdapter => inner.PacketFormatterAdapter;

    /// <summary>Who is at the other end of a connection inside the process; null for a connection that has to say so.</summary>
    public BrokerClient? Inside { get; init; }

    public ConnectionGate.Place? Place => place;

    /// <summary>The packet the client connected with; null before.</summary>
    public MqttConnectPacket? Connect { get; private set; }

    /// <summary>Who logged in; null before.</summary>
    public BrokerClient? Client { get; set; }

    private bool IsVersion5 => inner.PacketFormatterAdapter.ProtocolVersion == MqttProtocolVersion.V500;

    /// <summary>Whether the session outlives the connection.</summary>
    public bool KeepsSession => Connect is { } connect && (IsVersion5 ? connect.SessionExpiryInterval > 0 : !connect.CleanSession);

    public Task ConnectAsync(CancellationToken cancellationToken) => inner.ConnectAsync(cancellationToken);

    public Task DisconnectAsync(CancellationToken cancellationToken) => inner.DisconnectAsync(cancellationToken);

    public async Task<MqttPacket> ReceivePacketAsync(CancellationToken cancellationToken)
    {
        MqttPacket packet;
        try
        {
            packet = await inner.ReceivePacketAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e.GetBaseException() is PacketTooLargeException)
        {
            await EndAsync(BrokerRefusal.PacketSize, e.GetBaseException().Message, MqttDisconnectReasonCode.PacketTooLarge)
                .ConfigureAwait(false);
            return null!;
        }
        if (packet is MqttConnectPacket connect)
        {
            if (Connect is not null) return null!; // a second CONNECT ends the connection (MQTT 5, section 3.1)
            Take(connect);
            return packet;
        }
        if (packet is MqttPublishPacket { TopicAlias: > 0 })
        {
            // CONNACK allows none: the library would keep them without bound
            await EndAsync(BrokerRefusal.Protocol, "a topic alias, which this broker does not take",
                MqttDisconnectReasonCode.TopicAliasInvalid).ConfigureAwait(false);
            return null!;
        }
        if (packet is MqttSubscribePacket subscribe) RememberOrder(subscribe);
        if (packet is MqttPublishPacket or MqttSubscribePacket or MqttUnsubscribePacket)
            await KeepPaceAsync(cancellationToken).ConfigureAwait(false);
        return packet!;
    }

    private void Take(MqttConnectPacket connect)
    {
        // version 5 assigns an identifier itself, and tells the client
        if (!IsVersion5 && connect.ClientId is not { Length: > 0 } && connect.CleanSession) connect.ClientId = context.NewName();
        if (Inside is null && connect.SessionExpiryInterval > context.Options.MaxSessionExpiry.TotalSeconds)
            _grantedExpiry = connect.SessionExpiryInterval = (uint)context.Options.MaxSessionExpiry.TotalSeconds;
        Connect = connect;
    }

    private async Task KeepPaceAsync(CancellationToken cancellationToken)
    {
        if (place?.Pace?.Take() is not { Ticks: > 0 } wait) return;
        await Task.Delay(wait, context.Clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>The library answers the filters of a packet in the order of their quality of service, and not in the packet's.</summary>
    private void RememberOrder(MqttSubscribePacket subscribe)
    {
        var order = subscribe.TopicFilters.Select((f, i) => (f.QualityOfServiceLevel, Index: i))
            .OrderByDescending(f => f.QualityOfServiceLevel).Select(f => f.Index).ToArray();
        lock (_filterOrder) _filterOrder[subscribe.PacketIdentifier] = order;
    }

    private void Reorder(MqttSubAckPacket answer)
    {
        int[]? order;
        lock (_filterOrder)
            if (!_filterOrder.Remove(answer.PacketIdentifier, out order) || order.Length != answer.ReasonCodes.Count) return;
        var codes = new MqttSubscribeReasonCode[order.Length];
        for (var i = 0; i < order.Length; i++) codes[order[i]] = answer.ReasonCodes[i];
        answer.ReasonCodes = [.. codes];
    }

    private async Task EndAsync(BrokerRefusal kind, string why, MqttDisconnectReasonCode code)
    {
        context.Figures.Refuse(kind, Client is { User.Length: > 0 } client ? client.User : $"{RemoteEndPoint}", why);
        if (Client is null || !IsVersion5) return; // nothing can be said before CONNACK, or in 3.1.1
        try
        {
            await SendPacketAsync(new MqttDisconnectPacket { ReasonCode = code }, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // it has gone already
        }
    }

    public async Task SendPacketAsync(MqttPacket packet, CancellationToken cancellationToken)
    {
        switch (packet)
        {
            case MqttConnAckPacket answer:
                (answer.TopicAliasMaximum, answer.SessionExpiryInterval) = (0, _grantedExpiry ?? answer.SessionExpiryInterval);
                if (answer.ReasonCode == MqttConnectReasonCode.Success) bytes.MaxPacketBytes = context.MaxPacketBytes;
                break;
            case MqttSubAckPacket answer:
                Reorder(answer);
                break;
            case MqttDisconnectPacket:
                using (var timeout = new CancellationTokenSource(FarewellTimeout, context.Clock))
                using (var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken))
                    await inner.SendPacketAsync(packet, either.Token).ConfigureAwait(false);
                return;
        }
        await inner.SendPacketAsync(packet, cancellationToken).ConfigureAwait(false);
        // what is sent once at most waits no longer; the rest waits for its acknowledgement
        if (packet is MqttPublishPacket { QualityOfServiceLevel: MqttQualityOfServiceLevel.AtMostOnce } message && Client is { } client)
            context.Ledger.Remove(client.ClientId, MessageSize.Of(message));
    }

    public void ResetStatistics() => inner.ResetStatistics();

    public void Dispose() => inner.Dispose();
}
