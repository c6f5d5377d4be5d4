using System.Net;

namespace EdgeAgent.Mqtt;

/// <summary>Section <c>Mqtt</c>: where the broker is and how to talk to it.</summary>
internal sealed record MqttOptions
{
    public const string Section = "Mqtt";

    /// <summary>mqtt://host[:1883] or mqtts://host[:8883] of a site broker. Empty: the embedded broker serves.</summary>
    public string Broker { get; init; } = "";

    /// <summary>ADDRESS:PORT the embedded broker listens on; port 0 lets the system pick. Default 127.0.0.1:1883.</summary>
    public string Listen { get; init; } = "127.0.0.1:1883";

    /// <summary>Site and device names in topics: 1..64 of A-Z a-z 0-9 . _ -</summary>
    public string Site { get; init; } = "local";

    public string Device { get; init; } = "edge-1";

    /// <summary>Pool name of the shared subscription to <c>any</c>; empty: none. Needs a broker with shared subscriptions.</summary>
    public string Pool { get; init; } = "";

    /// <summary>Empty: anonymous.</summary>
    public string Username { get; init; } = "";

    /// <summary>File that holds the password; never the password itself.</summary>
    public string PasswordFile { get; init; } = "";

    /// <summary>PEM file of the authorities that sign the broker's certificate; empty: the system's.</summary>
    public string CaFile { get; init; } = "";

    /// <summary>PEM files of the client certificate and its key; empty: none.</summary>
    public string CertificateFile { get; init; } = "";

    public string KeyFile { get; init; } = "";

    /// <summary>Seconds the broker keeps the session after a disconnect, 0..604,800.</summary>
    public int SessionExpirySeconds { get; init; } = 3600;

    /// <summary>Keep-alive, seconds, 5..600.</summary>
    public int KeepAliveSeconds { get; init; } = 30;

    /// <summary>
    /// Largest packet accepted from the broker, bytes, 64 KiB..16 MiB. Larger ones are dropped by the broker; chunks of updates have 1 MiB.
    /// </summary>
    public int MaxPacketBytes { get; init; } = 2 << 20;

    /// <summary>
    /// Unacknowledged messages the broker may send at once, 1..65,535: more than the queue holds, so that overload is seen here.
    /// </summary>
    public int ReceiveMaximum { get; init; } = 4096;

    /// <summary>Longest wait between two attempts to connect, seconds, 1..600.</summary>
    public int MaxReconnectSeconds { get; init; } = 30;

    /// <summary>Terminal replies kept while the broker is away: at most this many, oldest dropped first, 1..100,000.</summary>
    public int OutboxMessages { get; init; } = 2000;

    /// <summary>The same, bytes, 64 KiB..1 GiB.</summary>
    public long OutboxBytes { get; init; } = 16 << 20;

    public IEnumerable<string> Problems()
    {
        if (Broker.Length > 0 && !BrokerAddress.TryParse(Broker, out _))
            yield return $"{Section}:Broker must be mqtt://host[:port] or mqtts://host[:port], found '{Broker}'";
        if (Broker.Length == 0 && !IPEndPoint.TryParse(Listen, out _))
            yield return $"{Section}:Listen must be ADDRESS:PORT, found '{Listen}'";
        if (!Topics.IsName(Site)) yield return $"{Section}:Site must be 1..64 of A-Z a-z 0-9 . _ -, found '{Site}'";
        if (!Topics.IsName(Device) || Device == Topics.AnyDevice)
            yield return $"{Section}:Device must be 1..64 of A-Z a-z 0-9 . _ - and not '{Topics.AnyDevice}', found '{Device}'";
        if (Pool.Length > 0 && !Topics.IsName(Pool)) yield return $"{Section}:Pool must be 1..64 of A-Z a-z 0-9 . _ -, found '{Pool}'";
        foreach (var (key, file) in new[] { ("PasswordFile", PasswordFile), ("CaFile", CaFile), ("CertificateFile", CertificateFile),
            ("KeyFile", KeyFile) })
            if (file.Length > 0 && !File.Exists(file)) yield return $"{Section}:{key} must be an existing file, found '{file}'";
        if (CertificateFile.Length > 0 != KeyFile.Length > 0) yield return $"{Section}:CertificateFile and {Section}:KeyFile go together";
        foreach (var (key, value, min, max) in new[]
        {
            ("SessionExpirySeconds", (long)SessionExpirySeconds, 0L, 604_800L), ("KeepAliveSeconds", KeepAliveSeconds, 5, 600),
            ("MaxPacketBytes", MaxPacketBytes, 64 << 10, 16 << 20),
            ("ReceiveMaximum", ReceiveMaximum, 1, 65_535), ("MaxReconnectSeconds", MaxReconnectSeconds, 1, 600),
            ("OutboxMessages", OutboxMessages, 1, 100_000), ("OutboxBytes", OutboxBytes, 64 << 10, 1 << 30),
        })
            if (value < min || value > max) yield return $"{Section}:{key} must be {min}..{max}, found {value}";
    }
}

/// <summary>A broker's host and port, and whether TLS is spoken.</summary>
internal readonly record struct BrokerAddress(string Host, int Port, bool Tls)
{
    public static bool TryParse(string text, out BrokerAddress address)
    {
        address = default;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("mqtt" or "mqtts") || uri.Host.Length == 0
            || uri.AbsolutePath is not ("" or "/") || uri.UserInfo.Length > 0) return false;
        var tls = uri.Scheme == "mqtts";
        address = new BrokerAddress(uri.Host, uri.Port > 0 ? uri.Port : tls ? 8883 : 1883, tls);
        return true;
    }

    /// <exception cref="FormatException"/>
    public static BrokerAddress Parse(string text) =>
        TryParse(text, out var address)
            ? address : throw new FormatException($"a broker is mqtt://host[:port] or mqtts://host[:port], found '{text}'");

    public override string ToString() => $"{(Tls ? "mqtts" : "mqtt")}://{Host}:{Port}";
}
