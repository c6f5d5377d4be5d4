using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using EdgeAgent.Platform;
using MQTTnet;
using MQTTnet.Protocol;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace EdgeAgent.Mqtt;

/// <summary>
/// The device's connection to its broker: connects and reconnects with jittered back-off for ever, subscribes, keeps the
/// retained state topic true (the will says offline), hands messages over without waiting, and holds at-least-once messages
/// in an outbox while the broker is away.
/// </summary>
internal sealed partial class MqttLink : IDeviceLink, IAsyncDisposable
{
    private const int MaxStatuses = 512;
    private const long MaxStatusBytes = 4 << 20;
    private readonly MqttOptions _options;
    private readonly BrokerAddress _broker;
    private readonly Topics _topics;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly IMqttClient _client;
    private readonly Outbox _outbox, _statuses = new(MaxStatuses, MaxStatusBytes);
    private readonly Action<InboundMessage> _receive;
    private readonly Func<IReadOnlyDictionary<string, string>> _describe;
    private readonly string _session;
    private readonly CancellationTokenSource _stop = new();
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, (bool WantsRetained,
        Action<InboundMessage> Receive)> _others = new(StringComparer.Ordinal);
    private TaskCompletionSource _disconnected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _firstConnect = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _loop = Task.CompletedTask;
    private int _epoch;
    private int _disposed;
    private volatile bool _subscribed;

    /// <param name="receive">Called for every message, on the receive loop: must only hand over.</param>
    /// <param name="describe">Further fields of the state topic, such as the execution provider.</param>
    public MqttLink(MqttOptions options, BrokerAddress broker, TimeProvider clock, ILogger logger, Action<InboundMessage> receive,
        Func<IReadOnlyDictionary<string, string>> describe)
    {
        (_options, _broker, _clock, _logger, _receive, _describe) = (options, broker, clock, logger, receive, describe);
        _topics = new Topics(options.Site, options.Device);
        _outbox = new Outbox(options.OutboxMessages, options.OutboxBytes);
        _session = Identifiers.New(clock);
        _client = new MqttClientFactory().CreateMqttClient();
        _client.ApplicationMessageReceivedAsync += OnMessage;
        _client.DisconnectedAsync += e =>
        {
            if (e.ClientWasConnected && !_stop.IsCancellationRequested)
                Lost(_logger, _broker.ToString(), e.ReasonString ?? e.Reason.ToString());
            _subscribed = false;
            _disconnected.TrySetResult();
            return Task.CompletedTask;
        };
    }

    /// <summary>Connected and subscribed: a query sent now arrives.</summary>
    public bool IsConnected => _client.IsConnected && _subscribed;

    public int WaitingInOutbox => _outbox.Count + _statuses.Count;

    public long DroppedFromOutbox => _outbox.Dropped + _statuses.Dropped;

    /// <summary>Completes with the first successful connection.</summary>
    public Task Connected => _firstConnect.Task;

    public event Func<Task>? Reconnected;

    public async Task SubscribeAsync(string filter, bool wantsRetained, Action<InboundMessage> receive)
    {
        _others[filter] = (wantsRetained, receive);
        if (!IsConnected) return; // done with all others when the connection is there
        try
        {
            await _client.SubscribeAsync(ClientOptions.Subscription([(filter, wantsRetained)]), _stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            SendFailed(_logger, e.Message); // the connection went; so it will be with the next
        }
    }

    public async Task UnsubscribeAsync(string filter)
    {
        if (!_others.TryRemove(filter, out _) || !IsConnected) return;
        try
        {
            await _client.UnsubscribeAsync(new MqttClientUnsubscribeOptionsBuilder().WithTopicFilter(filter).Build(),
                _stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            SendFailed(_logger, e.Message);
        }
    }

    /// <summary>Starts connecting; does not wait for the broker.</summary>
    public void Start() => _loop = Task.Run(() => RunAsync(_stop.Token));

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        var retry = new ResiliencePipelineBuilder { TimeProvider = _clock }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(250),
                MaxDelay = _options.MaxReconnectDelay,
                ShouldHandle = new PredicateBuilder()
                    .Handle<Exception>(e => e is not OperationCanceledException || !cancellationToken.IsCancellationRequested),
                OnRetry = attempt =>
                {
                    ConnectFailed(_logger, _broker.ToString(), attempt.Outcome.Exception?.Message ?? "", attempt.RetryDelay.TotalSeconds);
                    return default;
                },
            })
            .Build();
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                await retry.ExecuteAsync(async token => await ConnectAsync(token).ConfigureAwait(false),
                    cancellationToken).ConfigureAwait(false);
                await _disconnected.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // stopping
        }
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        _disconnected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Increment(ref _epoch);
        var clientOptions = ClientOptions.Build(_options, _broker, $"edge-agent-{_options.Site}-{_options.Device}", _topics.State,
            StatePayload(online: false));
        var result = await _client.ConnectAsync(clientOptions, cancellationToken).ConfigureAwait(false);
        if (result.ResultCode != MqttClientConnectResultCode.Success)
            throw new IOException($"the broker refused the connection: {result.ResultCode} {result.ReasonString}");
        await SubscribeAsync(cancellationToken).ConfigureAwait(false);
        if (!_others.IsEmpty)
            await _client.SubscribeAsync(ClientOptions.Subscription(_others.Select(o => (o.Key, o.Value.WantsRetained))),
                cancellationToken).ConfigureAwait(false);
        _subscribed = true;
        await _client.PublishAsync(
            ToMqtt(new OutboundMessage(_topics.State, StatePayload(online: true)) { AtLeastOnce = true, Retain = true }),
            cancellationToken).ConfigureAwait(false);
        ConnectedTo(_logger, _broker.ToString(), result.IsSessionPresent);
        _firstConnect.TrySetResult();
        await _outbox.FlushAsync(SendAsync).ConfigureAwait(false);
        await _statuses.FlushAsync(SendAsync).ConfigureAwait(false);
        if (Reconnected is { } reconnected) await reconnected().ConfigureAwait(false);
    }

    private async Task SubscribeAsync(CancellationToken cancellationToken)
    {
        var subscribe = new MqttClientSubscribeOptionsBuilder()
            .WithTopicFilter(_topics.Query, MqttQualityOfServiceLevel.AtLeastOnce)
            .WithTopicFilter(_topics.Cancel, MqttQualityOfServiceLevel.AtLeastOnce)
            .WithTopicFilter(_topics.Feedback, MqttQualityOfServiceLevel.AtLeastOnce);
        if (_options.Pool.Length > 0)
            subscribe.WithTopicFilter(_topics.PoolSubscription(_options.Pool), MqttQualityOfServiceLevel.AtLeastOnce);
        var result = await _client.SubscribeAsync(subscribe.Build(), cancellationToken).ConfigureAwait(false);
        foreach (var item in result.Items)
            if (item.ResultCode > MqttClientSubscribeResultCode.GrantedQoS2)
                throw new IOException($"the broker refused the subscription to '{item.TopicFilter.Topic}': {item.ResultCode}");
    }

    /// <summary>The retained state: whether the device is there, since when, in which session, and what serves it.</summary>
    private byte[] StatePayload(bool online)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteBoolean("online", online);
            json.WriteString("session", _session);
            json.WriteString("since", _clock.GetUtcNow());
            if (online)
                foreach (var (name, value) in _describe()) json.WriteString(name, value);
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    private Task OnMessage(MqttApplicationMessageReceivedEventArgs e)
    {
        e.AutoAcknowledge = false;
        var epoch = Volatile.Read(ref _epoch);
        var m = e.ApplicationMessage;
        var receive = m.Topic == _topics.Query || m.Topic == _topics.Cancel || m.Topic == _topics.Feedback || m.Topic == _topics.AnyQuery
            ? _receive : Other(m.Topic);
        (receive
            ?? Ignore)(new InboundMessage(m.Topic, m.Payload.IsSingleSegment ? m.Payload.First : m.Payload.ToArray(), _clock.GetTimestamp())
            {
                ContentType = m.ContentType,
                ResponseTopic = m.ResponseTopic,
                Correlation = m.CorrelationData,
                ExpirySeconds = m.MessageExpiryInterval == 0 ? null : m.MessageExpiryInterval,
                Retained = m.Retain,
                Stream = m.UserProperties?.FirstOrDefault(p => p.Name == "stream") is { } stream
                && Utf8Parser.TryParse(stream.ValueBuffer.Span, out bool value, out _, 'l') ? value : null,
                Acknowledge = () => AcknowledgeAsync(e, epoch),
            });
        return Task.CompletedTask;
    }

    private Action<InboundMessage>? Other(string topic)
    {
        if (_others.TryGetValue(topic, out var exact)) return exact.Receive;
        foreach (var (filter, (_, receive)) in _others)
            if (MqttTopicFilterComparer.Compare(topic, filter) == MqttTopicFilterCompareResult.IsMatch) return receive;
        return null;
    }

    /// <summary>Nobody asked for it, or nobody does any more.</summary>
    private static void Ignore(InboundMessage message) => _ = message.Acknowledge();

    /// <summary>
    /// A packet id belongs to its connection: after a reconnect the broker sends the message again, under an id of its own.
    /// </summary>
    private async Task AcknowledgeAsync(MqttApplicationMessageReceivedEventArgs e, int epoch)
    {
        if (epoch != Volatile.Read(ref _epoch) || !_client.IsConnected) return;
        try
        {
            await e.AcknowledgeAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            AcknowledgeFailed(_logger, error.Message);
        }
    }

    public async ValueTask<PublishResult> PublishAsync(OutboundMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (_client.IsConnected && (_outbox.Count == 0 || !message.AtLeastOnce))
        {
            var result = await SendAsync(message).ConfigureAwait(false);
            if (result != SendResult.Failed) return result == SendResult.Sent ? PublishResult.Sent : PublishResult.Dropped;
        }
        if (!message.AtLeastOnce) return PublishResult.Dropped;
        var sent = _outbox.Add(message);
        if (_client.IsConnected) await _outbox.FlushAsync(SendAsync).ConfigureAwait(false);
        try
        {
            return await sent.WaitAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return PublishResult.Dropped; // stopping
        }
    }

    public QueueResult Enqueue(OutboundMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.AtLeastOnce)
        {
            _ = _statuses.Add(message);
            if (_client.IsConnected) _ = _statuses.FlushAsync(SendAsync);
            return QueueResult.Queued;
        }
        if (!_client.IsConnected) return QueueResult.Dropped;
        _ = SendAsync(message);
        return QueueResult.Queued;
    }

    private async Task<SendResult> SendAsync(OutboundMessage message)
    {
        if (!_client.IsConnected) return SendResult.Failed;
        try
        {
            var result = await _client.PublishAsync(ToMqtt(message), _stop.Token).ConfigureAwait(false);
            if (result.IsSuccess) return SendResult.Sent;
            Refused(_logger, message.Topic, result.ReasonCode.ToString());
            return SendResult.Refused;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            SendFailed(_logger, e.Message);
            return SendResult.Failed;
        }
    }

    private static MqttApplicationMessage ToMqtt(OutboundMessage message)
    {
        var result = new MqttApplicationMessage
        {
            Topic = message.Topic,
            Payload = new ReadOnlySequence<byte>(message.Payload),
            QualityOfServiceLevel = message.AtLeastOnce ? MqttQualityOfServiceLevel.AtLeastOnce : MqttQualityOfServiceLevel.AtMostOnce,
            Retain = message.Retain,
            ContentType = message.ContentType,
            CorrelationData = message.Correlation.IsEmpty ? null : message.Correlation.ToArray(),
        };
        if (message.Sequence is { } sequence)
            result.UserProperties = [new("seq", System.Text.Encoding.UTF8.GetBytes(sequence.ToString(CultureInfo.InvariantCulture)))];
        return result;
    }

    /// <summary>Says offline, disconnects and stops. Messages still in the outbox are lost; their queries were not acknowledged.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return; // it is registered under each of its interfaces
        if (_client.IsConnected)
        {
            await SendAsync(new OutboundMessage(_topics.State, StatePayload(online: false))
            {
                AtLeastOnce = true,
                Retain = true
            }).ConfigureAwait(false);
            await _stop.CancelAsync().ConfigureAwait(false);
            await _client.DisconnectAsync(new MqttClientDisconnectOptions(),
                CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _client.Dispose();
        _stop.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Connected to {Broker}, session present: {SessionPresent}")]
    private static partial void ConnectedTo(ILogger logger, string broker, bool sessionPresent);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Lost the connection to {Broker}: {Reason}")]
    private static partial void Lost(ILogger logger, string broker, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cannot connect to {Broker}: {Reason}. Next attempt in {Seconds:F1} s")]
    private static partial void ConnectFailed(ILogger logger, string broker, string reason, double seconds);

    [LoggerMessage(Level = LogLevel.Debug, Message = "A message was not sent: {Reason}")]
    private static partial void SendFailed(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "A message was not acknowledged: {Reason}")]
    private static partial void AcknowledgeFailed(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The broker refused a message to '{Topic}': {Reason}")]
    private static partial void Refused(ILogger logger, string topic, string reason);
}
