using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MQTTnet.Adapter;
using MQTTnet.Diagnostics.Logger;
using MQTTnet.Formatter;
using MQTTnet.Server;

namespace EdgeAgent.Mqtt.Broker;

/// <summary>
/// Where the embedded broker's clients come in: TCP, TLS and WebSocket, each connection bounded in time and number before it says
/// anything, and connections inside the process.
/// </summary>
internal sealed class BrokerListeners(IReadOnlyList<BrokerListener> wanted, ChannelContext context, ConnectionGate gate)
    : IMqttServerAdapter
{
    private const int Backlog = 128, WriterBytes = 4096, MaxWriterBytes = 65_535;
    private static readonly IPEndPoint InsideName = new(IPAddress.Loopback, 0);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Socket> _sockets = [];
    private readonly List<BrokerListener> _bound = [];
    private SslStreamCertificateContext? _certificate;
    private IMqttNetLogger _logger = MqttNetNullLogger.Instance;

    public Func<IMqttChannelAdapter, Task>? ClientHandler { get; set; }

    /// <summary>The listeners with the ports that they got.</summary>
    public IReadOnlyList<BrokerListener> Bound => _bound;

    /// <exception cref="IOException">An address cannot be bound, or the certificate cannot be used.</exception>
    public Task StartAsync(MqttServerOptions options, IMqttNetLogger logger)
    {
        _logger = logger;
        if (wanted.Any(l => l.Tls)) _certificate = Certificate(context.Options);
        foreach (var listener in wanted) Bind(listener);
        return Task.CompletedTask;
    }

    /// <summary>Takes clients from now on.</summary>
    public void Open()
    {
        for (var i = 0; i < _sockets.Count; i++)
        {
            var (socket, listener) = (_sockets[i], _bound[i]);
            _ = Task.Run(() => AcceptAsync(socket, listener));
        }
    }

    private void Bind(BrokerListener listener)
    {
        var socket = new Socket(listener.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(socket);
        try
        {
            socket.Bind(listener.EndPoint);
            socket.Listen(Backlog);
            _bound.Add(listener with { EndPoint = (IPEndPoint)socket.LocalEndPoint! });
        }
        catch (SocketException e)
        {
            throw new IOException($"the embedded broker cannot listen on {listener.EndPoint}: {e.Message}", e);
        }
    }

    private async Task AcceptAsync(Socket socket, BrokerListener listener)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await socket.AcceptAsync(_stop.Token).ConfigureAwait(false);
                _ = Task.Run(() => ServeAsync(client, listener));
            }
            catch (Exception e) when (e is SocketException && !_stop.IsCancellationRequested)
            {
                // no file descriptor left, or a client that has gone: the next may be luckier
                await Task.Delay(TimeSpan.FromMilliseconds(100), context.Clock, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return; // stopping
            }
        }
    }

    /// <summary>One connection from its beginning to its end.</summary>
    private async Task ServeAsync(Socket client, BrokerListener listener)
    {
        var remote = $"{client.RemoteEndPoint}";
        using (client)
        using (var place = gate.Enter(client.Dispose))
        {
            try
            {
                client.NoDelay = true;
                client.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
                var stream = await OpenAsync(new NetworkStream(client, ownsSocket: false), listener).ConfigureAwait(false);
                await using (stream.ConfigureAwait(false))
                {
                    var bytes = new StreamChannel(stream, stream, client.RemoteEndPoint!, client.LocalEndPoint!, new PacketGuard())
                    { IsSecureConnection = listener.Tls, MaxPacketBytes = context.Options.LoginPacketBytes };
                    await HandleAsync(bytes, place, inside: null, isWhole: listener.Tls || listener.WebSocket).ConfigureAwait(false);
                }
            }
            catch (DoorException e)
            {
                context.Figures.Refuse(e.Kind, remote, e.Message);
            }
            catch (AuthenticationException)
            {
                context.Figures.Refuse(BrokerRefusal.Protocol, remote, "no TLS, or the client does not trust the certificate");
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException
                or InvalidOperationException or System.Net.WebSockets.WebSocketException)
            {
                // it has gone, or its time to log in has passed
            }
        }
    }

    private async Task<Stream> OpenAsync(Stream stream, BrokerListener listener)
    {
        if (listener.Tls)
        {
            var tls = new SslStream(stream);
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = _certificate,
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            }, _stop.Token).ConfigureAwait(false);
            stream = tls;
        }
        return listener.WebSocket
            ? await WebSocketHandshake.AcceptAsync(stream, context.Options.WebSocketOrigins, _stop.Token).ConfigureAwait(false) : stream;
    }

    /// <summary>How the client of the agent in this process reaches the broker.</summary>
    public IMqttClientAdapterFactory AgentAdapters => new InsideClientFactory(this, BrokerRole.Agent);

    /// <summary>A client inside the process: known, without limits, and without a socket.</summary>
    /// <returns>The client's end of the connection.</returns>
    /// <exception cref="IOException">The broker has stopped.</exception>
    public StreamChannel Connect(BrokerClient client)
    {
        var (here, there) = StreamChannel.Pair(InsideName);
        if (ClientHandler is null) throw new IOException("the embedded broker has stopped");
        _ = Task.Run(async () =>
        {
            try
            {
                await HandleAsync(there, place: null, client, isWhole: false).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
            {
                // stopping
            }
            finally
            {
                there.Dispose();
            }
        });
        return here;
    }

    private async Task HandleAsync(StreamChannel bytes, ConnectionGate.Place? place, BrokerClient? inside, bool isWhole)
    {
        if (ClientHandler is not { } handle) return;
        using var adapter = new MqttChannelAdapter(bytes,
            new MqttPacketFormatterAdapter(new MqttBufferWriter(WriterBytes, MaxWriterBytes)), _logger)
        { AllowPacketFragmentation = !isWhole };
        using var channel = new BrokerChannel(adapter, bytes, context, place) { Inside = inside };
        await handle(channel).ConfigureAwait(false);
    }

    /// <exception cref="CredentialFileException"/>
    private static SslStreamCertificateContext Certificate(EmbeddedBrokerOptions options)
    {
        try
        {
            using var pem = X509Certificate2.CreateFromPemFile(options.CertificateFile, options.KeyFile);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(options.CertificateFile);
            // a PEM key is ephemeral; TLS wants it through PKCS#12
            var certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
            return SslStreamCertificateContext.Create(certificate, chain, offline: true);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or UnauthorizedAccessException)
        {
            throw new CredentialFileException($"expected a certificate in '{options.CertificateFile}' and its private key in " +
                $"'{options.KeyFile}', both PEM; found {e.Message}", e);
        }
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        foreach (var socket in _sockets) socket.Dispose();
    }

    public void Dispose()
    {
        foreach (var socket in _sockets) socket.Dispose();
        _stop.Dispose();
    }
}
