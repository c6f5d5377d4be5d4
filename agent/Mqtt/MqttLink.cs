using System.Text.Json;
using EdgeAgent.Platform;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Mqtt;

/// <summary>
/// The device's connection: a session at the broker, the retained state topic with its will, replies and statuses that wait in
/// outboxes while the broker is away.
/// </summary>
internal sealed partial class MqttLink : ITopicLink, IStatusPublisher, IAsyncDisposable
{
    /// <summary>Statuses have an outbox of their own: they can neither push replies out nor wait behind them.</summary>
    private const int MaxStatuses = 512;
    private const long MaxStatusBytes = 4 << 20;

    /// <summary>At-most-once messages that wait for the socket at once; more are dropped.</summary>
    private const int MaxUnderWay = 16;

    private readonly MqttConnection _connection;
    private readonly Topics _topics;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Func<IReadOnlyDictionary<string, string>> _describe;
    private readonly Outbox _replies, _statuses;
    private readonly ParkedTopics _parked;
    private readonly string _session;
    private readonly NameContest _contest;
    private int _isDisposed, _underWay;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="receive">Gets queries, cancels and feedback, on the receive loop: must return at once.</param>
    /// <param name="describe">Further fields of the state topic, such as the execution provider.</param>
    public MqttLink(MqttOptions options, BrokerAddress broker, TimeProvider clock, ILogger logger, Action<InboundMessage> receive,
        Func<IReadOnlyDictionary<string, string>> describe)
    {
        (_clock, _logger, _describe, _session) = (clock, logger, describe, Identifiers.New(clock));
        _contest = new NameContest(_session, clock);
        _parked = new ParkedTopics(clock);
        _topics = new Topics(options.Site, options.Device);
        _replies = new Outbox(options.OutboxMessages, options.OutboxBytes, clock, ParkReply);
        _statuses = new Outbox(MaxStatuses, MaxStatusBytes, clock, (message, _) => Park(message));
        _connection = new MqttConnection(new ConnectionProfile(broker, $"edge-agent-{options.Site}-{options.Device}")
        {
            Credentials = BrokerCredentials.Of(options),
            SessionExpiry = options.SessionExpiry,
            KeepAlive = options.KeepAlive,
            MaxReconnectDelay = options.MaxReconnectDelay,
            ReceiveMaximum = options.ReceiveMaximum,
            MaxPacketBytes = options.MaxPacketBytes,
            Will = () => State(isOnline: false),
        }, clock, logger)
        {
            Established = OnEstablishedAsync,
            MustYield = () => _contest.MustYield,
        };
        _connection.Add(new Subscription(_topics.State, OnState));
        foreach (var filter in new[] { _topics.Query, _topics.Cancel, _topics.Feedback })
            _connection.Add(new Subscription(filter, receive) { IsRequired = true });
        if (options.Pool.Length > 0)
            _connection.Add(new Subscription(_topics.PoolSubscription(options.Pool), receive) { IsRequired = true });
    }

    /// <summary>Connected and subscribed: a query sent now arrives.</summary>
    public bool IsConnected => _connection.IsConnected;

    public int WaitingInOutbox => _replies.Count + _statuses.Count;

    /// <summary>How the link does.</summary>
    public LinkReport Report => _connection.Figures.Now with
    {
        Waiting = WaitingInOutbox,
        OldestSeconds = Math.Round(Math.Max(_replies.Age.TotalSeconds, _statuses.Age.TotalSeconds), 1),
        Dropped = _replies.Dropped + _statuses.Dropped,
    };

    /// <summary>Completes with the first successful connection.</summary>
    public Task Connected => _connected.Task;

    public event Func<Task>? Reconnected;

    /// <summary>Starts connecting; does not wait for the broker.</summary>
    public void Start() => _connection.Start();

    public Task SubscribeAsync(string filter, bool wantsRetained, Action<InboundMessage> receive) =>
        _connection.SubscribeAsync(new Subscription(filter, receive) { WantsRetained = wantsRetained, KeepsRetainFlag = true },
            _stop.Token);

    public Task UnsubscribeAsync(string filter) => _connection.UnsubscribeAsync(filter, _stop.Token);

    private async Task OnEstablishedAsync()
    {
        await _connection.SendAsync(State(isOnline: true), _stop.Token).ConfigureAwait(false);
        _contest.Spoken();
        _connected.TrySetResult();
        await _replies.FlushAsync(SendReplyAsync).ConfigureAwait(false);
        await _statuses.FlushAsync(_connection.TrySendAsync).ConfigureAwait(false);
        if (Reconnected is { } reconnected) await reconnected().ConfigureAwait(false);
    }

    public async ValueTask<PublishResult> PublishAsync(OutboundMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var result = SendResult.Failed;
        if (!message.AtLeastOnce || _replies.Count == 0)
        {
            result = await SendReplyAsync(message).ConfigureAwait(false);
            if (result == SendResult.Sent) return PublishResult.Sent;
            if (result == SendResult.Refused) return PublishResult.Dropped;
        }
        if (!message.AtLeastOnce) return PublishResult.Dropped;
        var sent = _replies.Add(message, result);
        if (IsConnected) await _replies.FlushAsync(SendReplyAsync).ConfigureAwait(false);
        try
        {
            return await sent.WaitAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return PublishResult.Dropped; // stopping
        }
    }

    private Task<SendResult> SendReplyAsync(OutboundMessage message)
    {
        if (!_parked.Contains(message.Topic)) return _connection.TrySendAsync(message);
        if (message.AtLeastOnce) Park(message);
        return Task.FromResult(SendResult.Refused);
    }

    public QueueResult Enqueue(OutboundMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.AtLeastOnce)
        {
            _ = _statuses.Add(message);
            // not on the caller's thread: it may hold a lock, and the socket may be slow
            if (IsConnected) _ = Task.Run(() => _statuses.FlushAsync(_connection.TrySendAsync));
            return QueueResult.Queued;
        }
        if (!IsConnected) return QueueResult.Dropped;
        if (Interlocked.Increment(ref _underWay) > MaxUnderWay)
        {
            Interlocked.Decrement(ref _underWay);
            return QueueResult.Dropped;
        }
        _ = Task.Run(async () =>
        {
            await _connection.TrySendAsync(message).ConfigureAwait(false);
            Interlocked.Decrement(ref _underWay);
        });
        return QueueResult.Queued;
    }

    /// <summary>Says again how the device does, where it is connected.</summary>
    public void ShowState()
    {
        if (IsConnected) Enqueue(State(isOnline: true));
    }

    /// <summary>The device's own topic: what another session says there is the mark of a second device of this name.</summary>
    private void OnState(InboundMessage message)
    {
        _ = message.Acknowledge();
        if (_contest.Hear(message.Payload)) _connection.StepBack();
    }

    private void ParkReply(OutboundMessage message, SendResult last)
    {
        // a connection that was only lost says nothing of the topic
        if (last == SendResult.Blamed) _parked.Add(message.Topic);
        Park(message);
    }

    private void Park(OutboundMessage message)
    {
        var name = Convert.ToHexStringLower(message.Correlation.Span);
        _connection.Figures.MessageParked(name);
        MessageParked(_logger, name, message.Payload.Length);
    }

    /// <summary>The retained state: whether the device is there, since when, in which session, and what serves it.</summary>
    private OutboundMessage State(bool isOnline)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteBoolean("online", isOnline);
            json.WriteString("session", _session);
            json.WriteString("since", _clock.GetUtcNow());
            json.WriteString("at", _clock.GetUtcNow());
            if (isOnline)
            {
                foreach (var (name, value) in _describe()) json.WriteString(name, value);
                json.WritePropertyName("link");
                JsonSerializer.Serialize(json, Report, LinkJson.Default.LinkReport);
            }
            json.WriteEndObject();
        }
        return new OutboundMessage(_topics.State, stream.ToArray()) { AtLeastOnce = true, Retain = true };
    }

    /// <summary>Says offline, disconnects and stops. Messages still in the outbox are lost; their queries were not acknowledged.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return; // a container may know it under several interfaces
        await _connection.TrySendAsync(State(isOnline: false)).ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    // without the topic: a reply topic may name a person
    [LoggerMessage(Level = LogLevel.Error,
        Message = "A message was given up: the broker ended several connections over it or its topic. " +
            "Correlation data {Correlation}, {Bytes} bytes")]
    private static partial void MessageParked(ILogger logger, string correlation, int bytes);
}
