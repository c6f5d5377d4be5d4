using System.Net;
using System.Net.Sockets;
using MQTTnet.Protocol;
using MQTTnet.Server;
using MQTTnet.Server.Internal.Adapter;

namespace EdgeAgent.Mqtt;

/// <summary>
/// A broker inside the process, for a single device (MQTTnet.Server). Keeps sessions and retained messages in memory. It has no
/// shared subscriptions and does not expire messages; a site with several devices needs a broker of its own.
/// </summary>
internal sealed class EmbeddedBroker : IAsyncDisposable
{
    private const int PortAttempts = 8;
    private readonly MqttServer _server;

    private EmbeddedBroker(MqttServer server, IPEndPoint endPoint) => (_server, EndPoint) = (server, endPoint);

    public IPEndPoint EndPoint { get; }

    /// <summary>Starts to listen; port 0 takes a free one.</summary>
    /// <exception cref="IOException">The address cannot be bound.</exception>
    public static async Task<EmbeddedBroker> StartAsync(IPEndPoint endPoint, int maxPayloadBytes)
    {
        SocketException? last = null;
        for (var attempt = 0; attempt < (endPoint.Port == 0 ? PortAttempts : 1); attempt++)
        {
            var chosen = endPoint.Port == 0 ? FreePort(endPoint.Address) : endPoint;
            var server = Create(chosen, maxPayloadBytes);
            try
            {
                await server.StartAsync().ConfigureAwait(false);
                return new EmbeddedBroker(server, chosen);
            }
            catch (SocketException e)
            {
                server.Dispose();
                last = e;
            }
        }
        throw new IOException($"the embedded broker cannot listen on {endPoint}: {last!.Message}", last);
    }

    private static MqttServer Create(IPEndPoint endPoint, int maxPayloadBytes)
    {
        var options = new MqttServerOptionsBuilder()
            .WithDefaultEndpoint()
            .WithDefaultEndpointPort(endPoint.Port)
            .WithDefaultEndpointBoundIPAddress(endPoint.AddressFamily == AddressFamily.InterNetwork ? endPoint.Address : IPAddress.None)
            .WithDefaultEndpointBoundIPV6Address(endPoint.AddressFamily == AddressFamily.InterNetworkV6 ? endPoint.Address : IPAddress.None)
            .WithConnectionBacklog(128)
            .WithPersistentSessions(true)
            .WithMaxPendingMessagesPerClient(10_000)
            .WithPendingMessagesOverflowStrategy(MqttPendingMessagesOverflowStrategy.DropNewMessage)
            .Build();
        var naming = new NamingAdapter(new MqttTcpServerAdapter());
        var server = new MqttServerFactory().CreateMqttServer(options, [naming]);
        server.InterceptingPublishAsync += e =>
        {
            if (e.ApplicationMessage.Payload.Length <= maxPayloadBytes) return Task.CompletedTask;
            e.ProcessPublish = false;
            e.Response.ReasonCode = MqttPubAckReasonCode.QuotaExceeded;
            e.Response.ReasonString = $"a payload has at most {maxPayloadBytes} bytes";
            return Task.CompletedTask;
        };
        server.ValidatingConnectionAsync += e =>
        {
            // a client without an identifier gets one from the server (MQTT 5, section 3.1.3.1)
            if (string.IsNullOrEmpty(e.ClientId)) e.AssignedClientIdentifier = naming.NewName();
            return Task.CompletedTask;
        };
        return server;
    }

    private static IPEndPoint FreePort(IPAddress address)
    {
        using var probe = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(address, 0));
        return (IPEndPoint)probe.LocalEndPoint!;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(new MqttServerStopOptions()).ConfigureAwait(false);
        _server.Dispose();
    }
}
