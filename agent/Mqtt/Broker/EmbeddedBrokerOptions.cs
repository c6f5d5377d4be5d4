using System.Net;
using EdgeAgent.Platform.Configuration;

namespace EdgeAgent.Mqtt.Broker;

/// <summary>The embedded broker: who may use it, where it listens beside <c>Mqtt:Listen</c>, and how much a client may ask of it.</summary>
internal sealed record EmbeddedBrokerOptions : ICheckedOptions
{
    /// <summary>
    /// File of the users, written by <c>edge-agent broker passwd</c>. Empty: <c>broker/users</c> in the state directory. While there are
    /// no users, whoever connects over loopback may do everything.
    /// </summary>
    public string UsersFile { get; init; } = "";

    /// <summary>
    /// Listen beyond loopback although the broker has no users, or without TLS. For a network that you trust, such as a cable between
    /// two machines.
    /// </summary>
    public bool Insecure { get; init; }

    /// <summary>Address and port for MQTT over TLS, such as 0.0.0.0:8883. Empty: none.</summary>
    [ListenAddress]
    public string TlsListen { get; init; } = "";

    /// <summary>
    /// Address and port for MQTT over WebSocket, for pages in a browser. On loopback without TLS, beyond it with. Empty: none.
    /// </summary>
    [ListenAddress]
    public string WebSocketListen { get; init; } = "";

    /// <summary>
    /// Pages that may connect over WebSocket, such as <c>https://kiosk.plant</c>. Pages from the device itself always may; others are
    /// refused, because a browser connects for every page it shows.
    /// </summary>
    [MaxCount(32)]
    public IReadOnlyList<string> WebSocketOrigins { get; init; } = [];

    /// <summary>PEM file of the broker's certificate, and of those between it and its authority. Goes with <c>KeyFile</c>.</summary>
    [ExistingFile]
    public string CertificateFile { get; init; } = "";

    /// <summary>PEM file of the certificate's private key.</summary>
    [ExistingFile]
    public string KeyFile { get; init; } = "";

    /// <summary>Clients connected at once; more are refused.</summary>
    [Unit("clients"), Range(1, 100_000)]
    public int MaxConnections { get; init; } = 512;

    /// <summary>Connections of one user at once; more are refused.</summary>
    [Unit("clients"), Range(1, 100_000)]
    public int MaxConnectionsPerUser { get; init; } = 64;

    /// <summary>Clients that have connected and not logged in yet; one more ends the oldest of them.</summary>
    [Unit("clients"), Range(1, 10_000)]
    public int MaxLogins { get; init; } = 64;

    /// <summary>How long a client may take to log in.</summary>
    [Duration("LoginTimeoutSeconds", DurationUnit.Seconds), Range(1, 300)]
    public TimeSpan LoginTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Largest packet before the login; a client that announces more is disconnected. Afterwards it is <c>Mqtt:MaxPacketBytes</c>.
    /// </summary>
    [Unit("bytes"), Range(1 << 10, 1 << 20)]
    public int LoginPacketBytes { get; init; } = 64 << 10;

    /// <summary>
    /// Messages one user may send in a second, over all its connections; a client without a user by itself. Faster ones are slowed down,
    /// nothing is dropped.
    /// </summary>
    [Unit("messages/s"), Range(1, 100_000)]
    public int PublishesPerSecond { get; init; } = 500;

    /// <summary>Messages that wait for one client; more are dropped for that client.</summary>
    [Unit("messages"), Range(1, 1_000_000)]
    public int QueuedMessages { get; init; } = 1000;

    /// <summary>Size of the messages that wait for one client; more are dropped for that client.</summary>
    [Unit("MB"), Range(1, 16_384)]
    public int QueuedMegabytes { get; init; } = 16;

    /// <summary>Size of the messages that wait for all clients together; more are dropped.</summary>
    [Unit("MB"), Range(1, 65_536)]
    public int TotalQueuedMegabytes { get; init; } = 256;

    /// <summary>Messages that wait for the agent; senders then wait in turn, one message each.</summary>
    [Unit("messages"), Range(1, 100_000)]
    public int AgentQueue { get; init; } = 256;

    /// <summary>Retained messages; more are refused.</summary>
    [Unit("messages"), Range(1, 1_000_000)]
    public int RetainedMessages { get; init; } = 10_000;

    /// <summary>
    /// Size of the retained messages together; more are refused. A bundle that is published through this broker is retained: raise it
    /// above the bundle's size.
    /// </summary>
    [Unit("MB"), Range(1, 65_536)]
    public int RetainedMegabytes { get; init; } = 256;

    /// <summary>Sessions, of connected clients and of those that are away; new clients are refused beyond.</summary>
    [Unit("sessions"), Range(1, 100_000)]
    public int MaxSessions { get; init; } = 1000;

    /// <summary>Longest time a session is kept for a client that is away, whatever it asks for.</summary>
    [Duration("MaxSessionExpirySeconds", DurationUnit.Seconds), Range(0, 2_592_000)]
    public TimeSpan MaxSessionExpiry { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Subscriptions of one client; more are refused.</summary>
    [Unit("subscriptions"), Range(1, 10_000)]
    public int MaxSubscriptions { get; init; } = 100;

    public IEnumerable<string> Problems(string section)
    {
        if (CertificateFile.Length > 0 != KeyFile.Length > 0)
            yield return
                $"{section}:CertificateFile and {section}:KeyFile must be given together, found '{CertificateFile}' and '{KeyFile}'";
        if (TlsListen.Length > 0 && CertificateFile.Length == 0)
            yield return $"{section}:CertificateFile must be a file where {section}:TlsListen is given, found ''";
    }
}

/// <summary>An address the embedded broker listens on.</summary>
/// <param name="Tls">TLS is spoken.</param>
/// <param name="WebSocket">MQTT is spoken over WebSocket.</param>
internal sealed record BrokerListener(IPEndPoint EndPoint, bool Tls = false, bool WebSocket = false)
{
    public bool IsLoopback => IPAddress.IsLoopback(EndPoint.Address);

    /// <summary>As an address to connect to.</summary>
    public override string ToString() => $"{(WebSocket ? "ws" : "mqtt")}{(Tls ? "s" : "")}://{EndPoint}";
}

/// <summary>Where the embedded broker listens, and whether it may. Pure.</summary>
internal static class ListenPolicy
{
    /// <param name="listen">The plain listener, <c>Mqtt:Listen</c>.</param>
    public static IReadOnlyList<BrokerListener> Listeners(string listen, EmbeddedBrokerOptions options)
    {
        List<BrokerListener> all = [];
        if (listen.Length > 0) all.Add(new BrokerListener(IPEndPoint.Parse(listen)));
        if (options.TlsListen.Length > 0) all.Add(new BrokerListener(IPEndPoint.Parse(options.TlsListen), Tls: true));
        if (options.WebSocketListen.Length == 0) return all;
        var pages = new BrokerListener(IPEndPoint.Parse(options.WebSocketListen), WebSocket: true);
        all.Add(pages with { Tls = !pages.IsLoopback && options.CertificateFile.Length > 0 });
        return all;
    }

    /// <summary>Why the broker must not start like this, and what to do; null where it may.</summary>
    public static string? Problem(IReadOnlyList<BrokerListener> listeners, bool hasUsers, bool isInsecure)
    {
        if (isInsecure || listeners.FirstOrDefault(l => !l.IsLoopback && (!l.Tls || !hasUsers)) is not { } open) return null;
        var lacks = (open.Tls, hasUsers) switch
        {
            (false, false) => "it has no users and no TLS",
            (true, false) => "it has no users",
            _ => "passwords and questions would cross the network in the clear",
        };
        return $"the embedded broker does not listen on {open}, beyond this machine: {lacks}. Expected users (edge-agent broker " +
            "passwd) and TLS (Broker:TlsListen with Broker:CertificateFile and Broker:KeyFile), or a loopback address, or --insecure " +
            "for a network that you trust";
    }
}
