namespace EdgeAgent.Mqtt;

/// <summary>A message as it came, with what the road needs of it. <c>ReceivedAt</c> is a <see cref="TimeProvider"/> timestamp.</summary>
internal sealed record InboundMessage(string Topic, ReadOnlyMemory<byte> Payload, long ReceivedAt)
{
    public string? ContentType { get; init; }
    public string? ResponseTopic { get; init; }
    public ReadOnlyMemory<byte> Correlation { get; init; }

    /// <summary>Message expiry interval in seconds; null without one.</summary>
    public uint? ExpirySeconds { get; init; }

    public bool Retained { get; init; }

    /// <summary>User property <c>stream</c> (true or false), for payloads that cannot say it; null without one.</summary>
    public bool? Stream { get; init; }

    /// <summary>
    /// Tells the broker the message is dealt with; until then a persistent session gets it again. Safe to call once, from anywhere.
    /// </summary>
    public Func<Task> Acknowledge { get; init; } = () => Task.CompletedTask;
}

/// <summary>A message to send. At-least-once messages wait in the outbox while the broker is away; others are dropped then.</summary>
internal sealed record OutboundMessage(string Topic, ReadOnlyMemory<byte> Payload)
{
    public bool AtLeastOnce { get; init; }
    public bool Retain { get; init; }
    public string? ContentType { get; init; }
    public ReadOnlyMemory<byte> Correlation { get; init; }

    /// <summary>User property <c>seq</c>: the number of a streamed piece.</summary>
    public int? Sequence { get; init; }
}

/// <summary>Topics beside the queries: what is subscribed stays so over reconnects.</summary>
internal interface ITopicLink : IReplyPublisher
{
    /// <summary>
    /// Hands matching messages to <paramref name="receive"/>, on the receive loop: it must only hand over. Retained ones come at
    /// once if wanted.
    /// </summary>
    Task SubscribeAsync(string filter, bool wantsRetained, Action<InboundMessage> receive);

    Task UnsubscribeAsync(string filter);

    /// <summary>Called after every connection, when everything is subscribed again.</summary>
    event Func<Task>? Reconnected;
}

/// <summary>Where replies go.</summary>
internal interface IReplyPublisher
{
    /// <summary>Sends a message. Does not throw for a broker that is away.</summary>
    Task PublishAsync(OutboundMessage message);
}
