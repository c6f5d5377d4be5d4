using System.Net;
using System.Security.Cryptography.X509Certificates;
using MQTTnet.Adapter;
using MQTTnet.Diagnostics.Logger;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Server;

namespace EdgeAgent.Mqtt;

/// <summary>
/// Gives clients that send no identifier one, in every version of the protocol: mosquitto's tools send none by default. (MQTT 3.1.1,
/// section 3.1.3.1, lets a server do so for a clean session; the library does it for version 5 alone.)
/// </summary>
internal sealed class NamingAdapter(IMqttServerAdapter inner) : IMqttServerAdapter
{
    private long _named;

    /// <summary>A name that no other client of this broker has been given.</summary>
    public string NewName() => $"anonymous-{Interlocked.Increment(ref _named)}";

    public Func<IMqttChannelAdapter, Task>? ClientHandler
    {
        get => inner.ClientHandler;
        set => inner.ClientHandler = value is null ? null : channel => value(new Channel(channel, this));
    }

    public Task StartAsync(MqttServerOptions options, IMqttNetLogger logger) => inner.StartAsync(options, logger);

    public Task StopAsync() => inner.StopAsync();

    public void Dispose() => inner.Dispose();

    private void Name(MqttConnectPacket connect)
    {
        if (connect.ClientId is { Length: > 0 } || !connect.CleanSession) return;
        connect.ClientId = NewName();
    }

    private sealed class Channel(IMqttChannelAdapter inner, NamingAdapter owner) : IMqttChannelAdapter
    {
        public long BytesReceived => inner.BytesReceived;
        public long BytesSent => inner.BytesSent;
        public X509Certificate2 ClientCertificate => inner.ClientCertificate;
        public EndPoint RemoteEndPoint => inner.RemoteEndPoint;
        public EndPoint LocalEndPoint => inner.LocalEndPoint;
        public bool IsSecureConnection => inner.IsSecureConnection;
        public MqttPacketFormatterAdapter PacketFormatterAdapter => inner.PacketFormatterAdapter;

        public Task ConnectAsync(CancellationToken cancellationToken) => inner.ConnectAsync(cancellationToken);

        public Task DisconnectAsync(CancellationToken cancellationToken) => inner.DisconnectAsync(cancellationToken);

        public async Task<MqttPacket> ReceivePacketAsync(CancellationToken cancellationToken)
        {
            var packet = await inner.ReceivePacketAsync(cancellationToken).ConfigureAwait(false);
            // version 5 assigns an identifier itself, and tells the client
            if (packet is MqttConnectPacket connect && inner.PacketFormatterAdapter.ProtocolVersion != MqttProtocolVersion.V500)
                owner.Name(connect);
            return packet;
        }

        public void ResetStatistics() => inner.ResetStatistics();

        public Task SendPacketAsync(MqttPacket packet, CancellationToken cancellationToken) =>
            inner.SendPacketAsync(packet, cancellationToken);

        public void Dispose() => inner.Dispose();
    }
}
