using System.Buffers;
using System.Collections.Concurrent;
using MQTTnet;
using MQTTnet.Protocol;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace EdgeAgent.Mqtt;

/// <summary>
/// A connection of its own for large transfers: the broker has at most <see cref="Window"/> messages under way that are not
/// acknowledged, so that a download neither fills the memory nor stands in the way of queries. Reconnects for ever, subscribes
/// again, and keeps no session: what was lost is asked for again.
/// </summary>
internal sealed partial class DownloadLink : ITopicLink, IAsyncDisposable
{
    /// <summary>Messages under way.</summary>
    public const ushort Window = 4;

    private readonly MqttOptions _options;
    private readonly BrokerAddress _broker;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private readonly ConcurrentDictionary<string, (bool WantsRetained,
        Action<InboundMessage> Receive)> _filters = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private TaskCompletionSource _disconnected = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public event Func<Task>? Reconnected;

    public DownloadLink(MqttOptions options, BrokerAddress broker, TimeProvider clock, ILogger logger)
    {
        (_options, _broker, _clock, _logger) = (options, broker, clock, logger);
        _client.ApplicationMessageReceivedAsync += OnMessage;
        _client.DisconnectedAsync += _ =>
        {
            _disconnected.TrySetResult();
            return Task.CompletedTask;
        };
        _loop = Task.Run(RunAsync);
    }

    private async Task RunAsync()
    {
        var retry = new ResiliencePipelineBuilder { TimeProvider = _clock }.AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = TimeSpan.FromMilliseconds(250),
            MaxDelay = _options.MaxReconnectDelay,
            ShouldHandle = new PredicateBuilder().Handle<Exception>(_ => !_stop.IsCancellationRequested),
        }).Build();
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                await retry.ExecuteAsync(async token => await ConnectAsync(token).ConfigureAwait(false), _stop.Token).ConfigureAwait(false);
                await _disconnected.Task.WaitAsync(_stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // disposed of
        }
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        _disconnected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = ClientOptions.BuildForDownloads(_options, _broker, $"edge-agent-{_options.Site}-{_options.Device}-dl", Window);
        await _client.ConnectAsync(options, cancellationToken).ConfigureAwait(false);
        if (!_filters.IsEmpty)
            await _client.SubscribeAsync(ClientOptions.Subscription(_filters.Select(f => (f.Key, f.Value.WantsRetained))),
                cancellationToken).ConfigureAwait(false);
        if (Reconnected is { } reconnected) await reconnected().ConfigureAwait(false);
    }

    public async Task SubscribeAsync(string filter, bool wantsRetained, Action<InboundMessage> receive)
    {
        _filters[filter] = (wantsRetained, receive);
        await IfConnected(() => _client.SubscribeAsync(ClientOptions.Subscription([(filter, wantsRetained)]), _stop.Token)).ConfigureAwait(
            false);
    }

    public async Task UnsubscribeAsync(string filter)
    {
        if (_filters.TryRemove(filter, out _))
            await IfConnected(() =>
                _client.UnsubscribeAsync(new MqttClientUnsubscribeOptionsBuilder().WithTopicFilter(filter).Build(),
                    _stop.Token)).ConfigureAwait(false);
    }

    /// <summary>Sends if there is a connection; the caller repeats its requests.</summary>
    public async ValueTask<PublishResult> PublishAsync(OutboundMessage message)
    {
        var result = PublishResult.Dropped;
        await IfConnected(async () =>
        {
            await _client.PublishAsync(new MqttApplicationMessage
            {
                Topic = message.Topic,
                Payload = new ReadOnlySequence<byte>(message.Payload),
                ContentType = message.ContentType,
                QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce
            }, _stop.Token).ConfigureAwait(false);
            result = PublishResult.Sent;
        }).ConfigureAwait(false);
        return result;
    }

    private async Task IfConnected(Func<Task> send)
    {
        if (!_client.IsConnected) return;
        try
        {
            await send().ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Failed(_logger, e.Message);
        }
    }

    private Task OnMessage(MqttApplicationMessageReceivedEventArgs e)
    {
        e.AutoAcknowledge = false;
        var m = e.ApplicationMessage;
        var message = new InboundMessage(m.Topic, m.Payload.IsSingleSegment ? m.Payload.First : m.Payload.ToArray(),
            _clock.GetTimestamp())
        { Retained = m.Retain, Acknowledge = () => IfConnected(() => e.AcknowledgeAsync(_stop.Token)) };
        var receive = _filters.TryGetValue(m.Topic, out var exact)
            ? exact.Receive
            : _filters.FirstOrDefault(f =>
                MqttTopicFilterComparer.Compare(m.Topic, f.Key) == MqttTopicFilterCompareResult.IsMatch).Value.Receive;
        if (receive is null) _ = message.Acknowledge();
        else receive(message);
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_client.IsConnected)
            await _client.DisconnectAsync(new MqttClientDisconnectOptions(),
                CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _client.Dispose();
        _stop.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The download's connection failed: {Reason}")]
    private static partial void Failed(ILogger logger, string reason);
}
