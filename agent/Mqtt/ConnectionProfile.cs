namespace EdgeAgent.Mqtt;

/// <summary>Who the client is at the broker; all empty: anonymous, with the system's authorities.</summary>
/// <param name="PasswordFile">File that holds the password.</param>
/// <param name="CaFile">PEM file of the authorities that may sign the broker's certificate.</param>
/// <param name="CertificateFile">PEM file of the client certificate; <paramref name="KeyFile"/> holds its key.</param>
/// <param name="CrlFile">PEM file of what the authorities have revoked.</param>
internal sealed record BrokerCredentials(string Username = "", string PasswordFile = "", string CaFile = "", string CertificateFile = "",
    string KeyFile = "", string CrlFile = "")
{
    public static BrokerCredentials Of(MqttOptions options) =>
        new(options.Username, options.PasswordFile, options.CaFile, options.CertificateFile, options.KeyFile, options.CrlFile);
}

/// <summary>What one role asks of its connection.</summary>
internal sealed record ConnectionProfile(BrokerAddress Broker, string ClientId)
{
    /// <summary>Brokers to try, in order, where the first one cannot be reached.</summary>
    public IReadOnlyList<BrokerAddress> Others { get; init; } = [];

    public BrokerCredentials Credentials { get; init; } = new();

    /// <summary>MQTT 5; otherwise 3.1.1.</summary>
    public bool IsVersion5 { get; init; } = true;

    /// <summary>How long the broker keeps the session after a disconnect; zero: no session.</summary>
    public TimeSpan SessionExpiry { get; init; }

    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Longest wait for the broker's answer to a packet.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>Longest wait between two attempts to connect.</summary>
    public TimeSpan MaxReconnectDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Unacknowledged messages the broker may have under way, 1..65,535; null: the protocol's maximum.</summary>
    public int? ReceiveMaximum { get; init; }

    /// <summary>Largest packet the client takes, bytes; null: no bound.</summary>
    public int? MaxPacketBytes { get; init; }

    /// <summary>Socket buffers of 1 MiB, for chunks of bundles.</summary>
    public bool HasLargeBuffers { get; init; }

    /// <summary>Gets the ends of the client's own certificate, and of the broker's where it is accepted.</summary>
    public LinkFigures? Figures { get; init; }

    /// <summary>The message the broker publishes when the connection breaks; made anew for every connection.</summary>
    public Func<OutboundMessage>? Will { get; init; }
}

/// <summary>What is subscribed, and who gets its messages.</summary>
/// <param name="Receive">Called on the receive loop: must return at once.</param>
internal sealed record Subscription(string Filter, Action<InboundMessage> Receive)
{
    /// <summary>What the topics of its messages match: the filter, without the share of a shared subscription.</summary>
    public string Pattern { get; } = Filter.StartsWith(Topics.SharePrefix, StringComparison.Ordinal)
        ? Filter[(Filter.IndexOf('/', Topics.SharePrefix.Length) + 1)..] : Filter;

    /// <summary>Whether retained messages arrive with the subscription.</summary>
    public bool WantsRetained { get; init; } = true;

    /// <summary>Whether <see cref="InboundMessage.Retained"/> tells what the sender set, also on live messages (MQTT 5).</summary>
    public bool KeepsRetainFlag { get; init; }

    /// <summary>Whether a refusal by the broker is an error; otherwise it is logged.</summary>
    public bool IsRequired { get; init; }
}
