namespace EdgeAgent.Mqtt;

/// <summary>A received message. <c>ReceivedAt</c> is a <see cref="TimeProvider"/> timestamp.</summary>
internal sealed record InboundMessage(string Topic, ReadOnlyMemory<byte> Payload, long ReceivedAt)
{
    public string? ContentType { get; init; }
    public string? ResponseTopic { get; init; }
    public ReadOnlyMemory<byte> Correlation { get; init; }

    /// <summary>Message expiry interval in seconds; null without one.</summary>
    public uint? ExpirySeconds { get; init; }

    public bool Retained { get; init; }

    /// <summary>User property <c>id</c>: the message's own, the same when it is delivered again; null without one.</summary>
    public string? Id { get; init; }

    /// <summary>User property <c>stream</c> (true or false), for plain-text payloads; null without one.</summary>
    public bool? Stream { get; init; }

    /// <summary>User property <c>seq</c>: the number of a streamed piece; null without one.</summary>
    public int? Sequence { get; init; }

    /// <summary>
    /// Tells the broker that the message is processed; until then a persistent session gets it again. Call once, from any thread.
    /// </summary>
    public Func<Task> Acknowledge { get; init; } = () => Task.CompletedTask;
}

/// <summary>
/// What an at-least-once message is to the outbox: what comes first here is sent first and dropped last (decision 0014).
/// </summary>
internal enum MessageKind
{
    /// <summary>A reply, or the device's state. Waits in memory alone: a reply may hold what must not reach the disk.</summary>
    Reply,

    /// <summary>A status or a view of the device. Survives a restart.</summary>
    Report,

    /// <summary>A measurement of one moment. Survives a restart.</summary>
    Telemetry,
}

/// <summary>A message to send. At-least-once messages wait in the outbox while the broker is away; others are dropped then.</summary>
internal sealed record OutboundMessage(string Topic, ReadOnlyMemory<byte> Payload)
{
    public bool AtLeastOnce { get; init; }

    public MessageKind Kind { get; init; }

    /// <summary>User property <c>id</c>, by which a receiver knows a message that it had before; the link gives one.</summary>
    public string? Id { get; init; }

    public bool Retain { get; init; }
    public string? ContentType { get; init; }
    public string? ResponseTopic { get; init; }
    public ReadOnlyMemory<byte> Correlation { get; init; }

    /// <summary>Message expiry interval in seconds; null without one.</summary>
    public uint? ExpirySeconds { get; init; }

    /// <summary>User property <c>seq</c>: the number of a streamed piece.</summary>
    public int? Sequence { get; init; }
}

/// <summary>What became of a message that somebody waited for.</summary>
internal enum PublishResult
{
    /// <summary>The broker has it (at-least-once messages), or it was written to the connection (others).</summary>
    Sent,

    /// <summary>It will not be sent: no connection (at-most-once), pushed out of a full outbox, refused by the broker, stopping.</summary>
    Dropped,
}

/// <summary>What became of a message that nobody waits for.</summary>
internal enum QueueResult
{
    /// <summary>It is sent in its turn, after the next connection if there is none now.</summary>
    Queued,

    /// <summary>It will not be sent: an at-most-once message without a connection, or behind too many that wait for the socket.</summary>
    Dropped,
}

/// <summary>Publishes replies: the caller must know whether one has left before it acknowledges the query.</summary>
internal interface IReplyPublisher
{
    /// <summary>
    /// Completes when the message was sent or dropped; an at-least-once message waits for the broker as long as it takes. Does not
    /// throw when the broker is away.
    /// </summary>
    ValueTask<PublishResult> PublishAsync(OutboundMessage message);
}

/// <summary>Publishes views of the device's state (statuses, the model topic, telemetry): nothing waits for the broker.</summary>
internal interface IStatusPublisher
{
    /// <summary>
    /// Hands a message over and returns at once. A retained message replaces the one of its topic that still waits: only the newest
    /// counts.
    /// </summary>
    QueueResult Enqueue(OutboundMessage message);
}

/// <summary>A connection with subscriptions that are restored after every reconnect.</summary>
internal interface ITopicLink : IReplyPublisher
{
    /// <summary>
    /// Passes matching messages to <paramref name="receive"/>, which is called on the receive loop and must return at once. Retained
    /// messages arrive with the subscription if <paramref name="wantsRetained"/>.
    /// </summary>
    Task SubscribeAsync(string filter, bool wantsRetained, Action<InboundMessage> receive);

    Task UnsubscribeAsync(string filter);

    /// <summary>Raised after every connection, when all subscriptions are restored.</summary>
    event Func<Task>? Reconnected;
}
