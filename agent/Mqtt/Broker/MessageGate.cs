using MQTTnet;
using MQTTnet.Protocol;
using MQTTnet.Server;

namespace EdgeAgent.Mqtt.Broker;

/// <summary>
/// Looks at every message and subscription: whether its sender may, and whether there is room. Messages for the agent wait in turn where
/// its queue is full: one of each connection, in the order they came, so that whoever sends much waits behind its own messages.
/// </summary>
internal sealed class MessageGate(BrokerRights rights, BrokerSessions sessions, QueueLedger ledger, MessageGateOptions options,
    BrokerFigures figures, TimeProvider clock) : IDisposable
{
    private readonly RetainedLedger _retained = new(options.Options.RetainedMessages, (long)options.Options.RetainedMegabytes << 20);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(2), MaxWait = TimeSpan.FromSeconds(10);
    private readonly SemaphoreSlim _turn = new(1);
    private int _waiting;

    /// <summary>Senders that wait for room in the agent's queue.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Messages that wait to be handed to the agent.</summary>
    public Func<Task<long>> AgentQueue { get; init; } = () => Task.FromResult(0L);

    public async Task PublishAsync(InterceptingPublishEventArgs e)
    {
        if (!e.ProcessPublish) return;
        if (BrokerSessions.Of(e.SessionItems) is not { } session)
        {
            (e.ProcessPublish, e.Response.ReasonCode) = (false, MqttPubAckReasonCode.NotAuthorized); // nobody that logged in
            return;
        }
        var (client, message) = (session.Client, e.ApplicationMessage);
        if (message.Payload.Length > options.MaxPayloadBytes)
        {
            Refuse(e, client, BrokerRefusal.PacketSize, $"a payload has at most {options.MaxPayloadBytes} bytes",
                MqttPubAckReasonCode.QuotaExceeded);
            return;
        }
        var act = !message.Retain ? BrokerAct.Publish : message.Payload.IsEmpty ? BrokerAct.Clear : BrokerAct.Retain;
        if (rights.Refusal(client, act, message.Topic) is { } why)
        {
            Refuse(e, client, BrokerRefusal.Publish, why, MqttPubAckReasonCode.NotAuthorized);
            return;
        }
        if (BrokerRights.NamesReplyTopic(message.Topic) && !RepliesAreItsOwn(client, message))
        {
            Refuse(e, client, BrokerRefusal.ReplyTopic, "replies go to the client's own topics alone", MqttPubAckReasonCode.NotAuthorized);
            return;
        }
        if (message.Retain && !TryRetain(message))
        {
            Refuse(e, client, BrokerRefusal.Retained, "the broker retains as much as it may (Broker:RetainedMegabytes)",
                MqttPubAckReasonCode.QuotaExceeded);
            return;
        }
        if (client.Role != BrokerRole.Agent && IsForAgent(message.Topic)
            && !await WaitForAgentAsync(e.CancellationToken).ConfigureAwait(false))
            Refuse(e, client, BrokerRefusal.Queue, "the device takes no messages", MqttPubAckReasonCode.QuotaExceeded);
    }

    /// <summary>Makes room for a retained message; false where there is none. An empty one gives room back.</summary>
    public bool TryRetain(MqttApplicationMessage message) =>
        _retained.TryPut(message.Topic, message.Payload.IsEmpty ? 0 : MessageSize.Of(message));

    private static bool RepliesAreItsOwn(BrokerClient client, MqttApplicationMessage message)
    {
        if (client.Role is BrokerRole.Local or BrokerRole.Agent) return true;
        if (message.ResponseTopic is { Length: > 0 } topic && !BrokerRights.IsOwnReply(client, topic)) return false;
        return ReplyTopicFields.Read(message.Payload).All(t => BrokerRights.IsOwnReply(client, t));
    }

    private void Refuse(InterceptingPublishEventArgs e, BrokerClient client, BrokerRefusal kind, string why, MqttPubAckReasonCode code)
    {
        (e.ProcessPublish, e.Response.ReasonCode, e.Response.ReasonString) = (false, code, why);
        figures.Refuse(kind, client.Account, why);
    }

    private bool IsForAgent(string topic) => options.AgentClientId is { } agent
        && sessions.Find(agent) is { } session && session.Subscriptions.Keys.Any(f => TopicFilter.Covers(f, topic));

    private async Task<bool> WaitForAgentAsync(CancellationToken cancellationToken)
    {
        if (_turn.CurrentCount > 0 && await AgentQueue().ConfigureAwait(false) < options.Options.AgentQueue) return true;
        var start = clock.GetTimestamp();
        Interlocked.Increment(ref _waiting);
        try
        {
            await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                while (await AgentQueue().ConfigureAwait(false) >= options.Options.AgentQueue)
                {
                    if (clock.GetElapsedTime(start) > MaxWait) return false;
                    await Task.Delay(PollInterval, clock, cancellationToken).ConfigureAwait(false);
                }
                return true;
            }
            finally
            {
                _turn.Release();
            }
        }
        catch (OperationCanceledException)
        {
            return false; // the sender has gone
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>A message is about to be queued for a client.</summary>
    public void Enqueue(InterceptingClientApplicationMessageEnqueueEventArgs e)
    {
        if (e.ReceiverClientId == options.AgentClientId) return; // bounded by the wait for it
        // who is away is kept what must arrive, and nothing else (MQTT 5, section 4.1)
        if (e.ApplicationMessage.QualityOfServiceLevel == MqttQualityOfServiceLevel.AtMostOnce
            && sessions.Find(e.ReceiverClientId) is { AwaySince: not null })
        {
            e.AcceptEnqueue = false;
            return;
        }
        e.AcceptEnqueue = ledger.TryAdd(e.ReceiverClientId, MessageSize.Of(e.ApplicationMessage));
        if (!e.AcceptEnqueue) figures.Drop();
    }

    /// <summary>A message was queued for a client, or dropped by the library.</summary>
    public void Enqueued(ApplicationMessageEnqueuedEventArgs e)
    {
        if (!e.IsDropped) return;
        ledger.Remove(e.ReceiverClientId, MessageSize.Of(e.ApplicationMessage));
        figures.Drop();
    }

    /// <summary>A client has a message that was queued for it.</summary>
    public void Acknowledged(ClientAcknowledgedPublishPacketEventArgs e) => ledger.Remove(e.ClientId, MessageSize.Of(e.PublishPacket));

    public void Subscribe(InterceptingSubscriptionEventArgs e)
    {
        if (BrokerSessions.Of(e.SessionItems) is not { } session)
        {
            (e.ProcessSubscription, e.Response.ReasonCode) = (false, MqttSubscribeReasonCode.NotAuthorized);
            return;
        }
        var filter = e.TopicFilter;
        var isNew = !session.Subscriptions.ContainsKey(filter.Topic);
        if (rights.Refusal(session.Client, BrokerAct.Subscribe, filter.Topic) is { } why)
            Refuse(e, session.Client, BrokerRefusal.Subscribe, why, MqttSubscribeReasonCode.NotAuthorized);
        else if (isNew && session.Client.Role != BrokerRole.Agent && session.Subscriptions.Count >= options.Options.MaxSubscriptions)
            Refuse(e, session.Client, BrokerRefusal.Subscriptions, $"a client has at most {options.Options.MaxSubscriptions} subscriptions",
                MqttSubscribeReasonCode.QuotaExceeded);
        else session.Subscriptions[filter.Topic] = filter;
    }

    private void Refuse(InterceptingSubscriptionEventArgs e, BrokerClient client, BrokerRefusal kind, string why,
        MqttSubscribeReasonCode code)
    {
        (e.ProcessSubscription, e.Response.ReasonCode, e.ReasonString) = (false, code, why);
        figures.Refuse(kind, client.Account, why);
    }

    public void Dispose() => _turn.Dispose();
}

/// <summary>Bounds of a <see cref="MessageGate"/>.</summary>
/// <param name="AgentClientId">Client id of the agent in this process; null where it is elsewhere.</param>
internal sealed record MessageGateOptions(EmbeddedBrokerOptions Options, int MaxPayloadBytes, string? AgentClientId);
