using EdgeAgent.Platform.Configuration;

namespace EdgeAgent.Mqtt;

/// <summary>Where the broker is and how the agent talks to it.</summary>
internal sealed record MqttOptions : ICheckedOptions
{
    /// <summary>
    /// Address of the site's broker: <c>mqtt://host[:1883]</c> or, with TLS, <c>mqtts://host[:8883]</c>. Several with commas between
    /// are tried in order where one cannot be reached; every reconnect begins with the first. Empty: the agent runs its own embedded
    /// broker.
    /// </summary>
    [BrokerUrl]
    public string Broker { get; init; } = "";

    /// <summary>
    /// Address and port the embedded broker listens on; port 0 takes a free one. It speaks no TLS there: beyond loopback use
    /// <c>Broker:TlsListen</c>. Unused with a site broker.
    /// </summary>
    [ListenAddress]
    public string Listen { get; init; } = "127.0.0.1:1883";

    /// <summary>Name of the site in all topics.</summary>
    [TopicName]
    public string Site { get; init; } = "local";

    /// <summary>Name of this device in all topics; unique within the site.</summary>
    [TopicName(Except = Topics.AnyDevice)]
    public string Device { get; init; } = "edge-1";

    /// <summary>
    /// Pool of devices that share the queries sent to device <c>any</c>: the broker gives each query to one of them. Needs a broker with
    /// shared subscriptions. Empty: no pool.
    /// </summary>
    [TopicName(IsOptional = true)]
    public string Pool { get; init; } = "";

    /// <summary>User name at the broker. Empty: anonymous.</summary>
    public string Username { get; init; } = "";

    /// <summary>File that holds the password at the broker. The password itself is never configured.</summary>
    [ExistingFile]
    public string PasswordFile { get; init; } = "";

    /// <summary>PEM file of the authorities that may sign the broker's certificate. Empty: the system's.</summary>
    [ExistingFile]
    public string CaFile { get; init; } = "";

    /// <summary>
    /// PEM file of certificates that the authorities have revoked (CRL). The agent fetches none itself: put a new one here before the old
    /// one is out of date. Read at every connection. Empty: no certificate counts as revoked.
    /// </summary>
    [ExistingFile]
    public string CrlFile { get; init; } = "";

    /// <summary>PEM file of the client certificate, for brokers that want one. Goes with <c>KeyFile</c>.</summary>
    [ExistingFile]
    public string CertificateFile { get; init; } = "";

    /// <summary>PEM file of the client certificate's private key.</summary>
    [ExistingFile]
    public string KeyFile { get; init; } = "";

    /// <summary>
    /// How long the broker keeps the session, with queries that wait in it, after a disconnect. Raise it where the network is away for
    /// longer.
    /// </summary>
    [Duration("SessionExpirySeconds", DurationUnit.Seconds), Range(0, 604_800)]
    public TimeSpan SessionExpiry { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// How long a pool's questions wait for this device after a disconnect. Longer than a restart takes, and not much longer: brokers such
    /// as mosquitto give an absent device its share of the pool until then, and drop it afterwards.
    /// </summary>
    [Duration("PoolSessionSeconds", DurationUnit.Seconds), Range(0, 3600)]
    public TimeSpan PoolSession { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Longest silence on the connection before the agent sends a ping. Lower it where a firewall drops idle connections earlier.
    /// </summary>
    [Duration("KeepAliveSeconds", DurationUnit.Seconds), Range(5, 600)]
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Largest packet the agent accepts; the broker drops larger ones. Update chunks have 1 MiB, so keep it above.
    /// </summary>
    [Unit("bytes"), Range(64 << 10, 16 << 20)]
    public int MaxPacketBytes { get; init; } = 2 << 20;

    /// <summary>
    /// Unacknowledged messages the broker may send at once. The default is more than the device can answer at a time, so that the
    /// agent, and not the broker's queue, sees an overload.
    /// </summary>
    [Unit("messages"), Range(1, 65_535)]
    public int ReceiveMaximum { get; init; } = 4096;

    /// <summary>Longest delay between two attempts to connect. Delays begin short and double.</summary>
    [Duration("MaxReconnectSeconds", DurationUnit.Seconds), Range(1, 600)]
    public TimeSpan MaxReconnectDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Replies kept in memory while the broker is away; the oldest is dropped first.</summary>
    [Unit("messages"), Range(1, 100_000)]
    public int OutboxMessages { get; init; } = 2000;

    /// <summary>Size of the replies kept while the broker is away; the oldest is dropped first.</summary>
    [Unit("bytes"), Range(64 << 10, 1 << 30)]
    public long OutboxBytes { get; init; } = 16 << 20;

    /// <summary>
    /// Announces the device to Home Assistant with one retained message below <c>homeassistant/</c>: temperature, level, tokens/s, student,
    /// update. The broker must allow it.
    /// </summary>
    public bool HomeAssistant { get; init; }

    /// <summary>
    /// Size of the reports and telemetry kept while the broker is away, in memory and on the disk. The oldest telemetry is dropped first,
    /// reports only when there is no telemetry left. A day of telemetry has about 15 MB.
    /// </summary>
    [Unit("bytes"), Range(64 << 10, 256 << 20)]
    public long OutboxDiskBytes { get; init; } = 32 << 20;

    /// <summary>
    /// How long reports and telemetry are kept while the broker is away, by the process's own clock: neither a wrong date nor a restart
    /// makes a message older.
    /// </summary>
    [Duration("OutboxDays", DurationUnit.Days), Range(0.01, 365)]
    public TimeSpan OutboxAge { get; init; } = TimeSpan.FromDays(7);

    public IEnumerable<string> Problems(string section)
    {
        if (Broker.Length == 0 && Listen.Length == 0)
            yield return $"{section}:Listen must be ADDRESS:PORT where {section}:Broker is empty, found ''";
        if (CertificateFile.Length > 0 != KeyFile.Length > 0)
            yield return
                $"{section}:CertificateFile and {section}:KeyFile must be given together, found '{CertificateFile}' and '{KeyFile}'";
    }
}
