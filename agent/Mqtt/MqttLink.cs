using System.Text.Json;
using EdgeAgent.Platform;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Mqtt;

/// <summary>
/// The device's connection: a session at the broker, the retained state topic with its will; replies, reports and telemetry that wait
/// in outboxes while the broker is away.
/// </summary>
internal sealed partial class MqttLink : ITopicLink, IStatusPublisher, IAsyncDisposable
{
    /// <summary>Reports and telemetry that wait; more is dropped as <see cref="Outbox"/> says.</summary>
    private const int MaxReports = 100_000;

    /// <summary>At-most-once messages that wait for the socket at once; more are dropped.</summary>
    private const int MaxUnderWay = 16;

    private readonly MqttConnection _connection;
    private readonly MqttConnection? _pool;
    private readonly Topics _topics;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Func<IReadOnlyDictionary<string, string>> _describe;
    // reports can neither push replies out nor wait behind them
    private readonly Outbox _replies, _reports;
    private readonly OutboxStore? _store;
    private readonly ParkedTopics _parked;
    private readonly string _session, _poolName;
    private readonly NameContest _contest;
    private int _isDisposed, _underWay;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="receive">Gets queries, cancels and feedback, on the receive loop: must return at once.</param>
    /// <param name="brokers">The brokers to try, in order.</param>
    /// <param name="describe">Further fields of the state topic, such as the execution provider.</param>
    /// <param name="store">Keeps what waits over a restart; null: a restart loses it. Disposed of with the link.</param>
    public MqttLink(MqttOptions options, IReadOnlyList<BrokerAddress> brokers, TimeProvider clock, ILogger logger,
        Action<InboundMessage> receive, Func<IReadOnlyDictionary<string, string>> describe, OutboxStore? store)
    {
        (_clock, _logger, _describe, _store) = (clock, logger, describe, store);
        (_session, _poolName) = (Identifiers.New(clock), options.Pool);
        _contest = new NameContest(_session, clock);
        _parked = new ParkedTopics(clock);
        _topics = new Topics(options.Site, options.Device);
        _replies = new Outbox(new OutboxLimits(options.OutboxMessages, options.OutboxBytes), clock, ParkReply);
        _reports = new Outbox(new OutboxLimits(MaxReports, options.OutboxDiskBytes, options.OutboxAge), clock,
            (message, _) => Park(message), store);
        var profile = new ConnectionProfile(brokers[0], ClientIdOf(options.Site, options.Device))
        {
            Others = [.. brokers.Skip(1)],
            Credentials = BrokerCredentials.Of(options),
            SessionExpiry = options.SessionExpiry,
            KeepAlive = options.KeepAlive,
            MaxReconnectDelay = options.MaxReconnectDelay,
            ReceiveMaximum = options.ReceiveMaximum,
            MaxPacketBytes = options.MaxPacketBytes,
        };
        _connection = new MqttConnection(profile with { Will = () => State(isOnline: false) }, clock, logger)
        {
            Established = OnEstablishedAsync,
            Lost = () => _store?.IsConnected = false,
            MustYield = () => _contest.MustYield,
        };
        _connection.Add(new Subscription(_topics.State, OnState));
        foreach (var filter in new[] { _topics.Query, _topics.Cancel, _topics.Feedback })
            _connection.Add(new Subscription(filter, receive) { IsRequired = true });
        if (options.Pool.Length > 0) _pool = Pool(profile, options, receive);
    }

    /// <summary>
    /// The pool's questions have a connection with a short session: a broker such as mosquitto goes on giving its share to a device whose
    /// session is kept, and drops those questions when the session ends.
    /// </summary>
    private MqttConnection Pool(ConnectionProfile profile, MqttOptions options, Action<InboundMessage> receive)
    {
        var connection = new MqttConnection(profile with { ClientId = $"{profile.ClientId}-pool", SessionExpiry = options.PoolSession },
            _clock, _logger)
        { MustYield = () => _contest.MustYield };
        connection.Add(new Subscription(_topics.PoolSubscription(options.Pool), receive) { IsRequired = true });
        return connection;
    }

    /// <summary>The client id of a device's agent.</summary>
    public static string ClientIdOf(string site, string device) => $"edge-agent-{site}-{device}";

    /// <summary>Connected and subscribed: a query sent now arrives.</summary>
    public bool IsConnected => _connection.IsConnected && _pool?.IsConnected != false;

    /// <summary>The sign of life of the loop that keeps the connection.</summary>
    public LoopPulse Pulse => _connection.Pulse;

    public int WaitingInOutbox => _replies.Count + _reports.Count;

    /// <summary>How the link does.</summary>
    public LinkReport Report => _connection.Figures.Now with
    {
        Waiting = WaitingInOutbox,
        OldestSeconds = Math.Round(Math.Max(_replies.Age.TotalSeconds, _reports.Age.TotalSeconds), 1),
        Dropped = _replies.Dropped + _reports.Dropped,
        Broker = _connection.Broker.ToString(),
        OutboxProblem = _store?.Problem,
        RefusedSubscriptions = [.. _connection.Figures.Now.RefusedSubscriptions, .. _pool?.Figures.Now.RefusedSubscriptions ?? []],
    };

    /// <summary>Completes with the first successful connection.</summary>
    public Task Connected => _connected.Task;

    public event Func<Task>? Reconnected;

    /// <summary>Starts connecting; does not wait for the broker.</summary>
    public void Start()
    {
        _connection.Start();
        _pool?.Start();
    }

    /// <summary>Takes no more of the pool's questions: the broker gives them to other devices.</summary>
    public Task LeavePoolAsync() => _pool?.UnsubscribeAsync(_topics.PoolSubscription(_poolName), _stop.Token) ?? Task.CompletedTask;

    public Task SubscribeAsync(string filter, bool wantsRetained, Action<InboundMessage> receive) =>
        _connection.SubscribeAsync(new Subscription(filter, receive) { WantsRetained = wantsRetained, KeepsRetainFlag = true },
            _stop.Token);

    public Task UnsubscribeAsync(string filter) => _connection.UnsubscribeAsync(filter, _stop.Token);

    private async Task OnEstablishedAsync()
    {
        await _connection.SendAsync(State(isOnline: true), _stop.Token).ConfigureAwait(false);
        _contest.Spoken();
        _connected.TrySetResult();
        _store?.IsConnected = true;
        await _replies.FlushAsync(SendReplyAsync).ConfigureAwait(false);
        FlushReports(); // the telemetry of a long outage takes its time
        if (Reconnected is { } reconnected) await reconnected().ConfigureAwait(false);
    }

    public async ValueTask<PublishResult> PublishAsync(OutboundMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.AtLeastOnce) message = Named(message);
        var result = SendResult.Failed;
        if (!message.AtLeastOnce || _replies.Count == 0)
        {
            result = await SendReplyAsync(message).ConfigureAwait(false);
            if (result == SendResult.Sent) return PublishResult.Sent;
            if (result == SendResult.Refused) return PublishResult.Dropped;
        }
        if (!message.AtLeastOnce) return PublishResult.Dropped;
        var sent = _replies.Add(message, result);
        if (_connection.IsConnected) await _replies.FlushAsync(SendReplyAsync).ConfigureAwait(false);
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
            _ = _reports.Add(Named(message));
            if (_connection.IsConnected) FlushReports();
            return QueueResult.Queued;
        }
        if (!_connection.IsConnected) return QueueResult.Dropped;
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

    /// <summary>Not on the caller's thread: it may hold a lock, and the socket may be slow.</summary>
    private void FlushReports() => _ = Task.Run(() => _reports.FlushAsync(_connection.TrySendAsync));

    private OutboundMessage Named(OutboundMessage message) =>
        message.Id is null ? message with { Id = Identifiers.New(_clock) } : message;

    /// <summary>Says again how the device does, where it is connected.</summary>
    public void ShowState()
    {
        if (_connection.IsConnected) Enqueue(State(isOnline: true));
    }

    /// <summary>The device's own topic: what another session says there is the mark of a second device of this name.</summary>
    private void OnState(InboundMessage message)
    {
        _ = message.Acknowledge();
        if (!_contest.Hear(message.Payload)) return;
        _connection.StepBack();
        _pool?.StepBack();
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

    /// <summary>
    /// Says offline, disconnects and stops. Replies still in the outbox are lost: their queries were not acknowledged.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return; // a container may know it under several interfaces
        await _connection.TrySendAsync(State(isOnline: false)).ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
        if (_pool is not null) await _pool.DisposeAsync().ConfigureAwait(false);
        _store?.Dispose();
        _stop.Dispose();
    }

    // without the topic: a reply topic may name a person
    [LoggerMessage(Level = LogLevel.Error,
        Message = "A message was given up: the broker ended several connections over it or its topic. " +
            "Correlation data {Correlation}, {Bytes} bytes")]
    private static partial void MessageParked(ILogger logger, string correlation, int bytes);
}
