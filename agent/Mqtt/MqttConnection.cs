using System.Collections.Concurrent;
using EdgeAgent.Platform;
using Microsoft.Extensions.Logging;
using MQTTnet;

namespace EdgeAgent.Mqtt;

/// <summary>
/// A client's connection to a broker: connects once or for ever (<see cref="Reconnecting"/>), subscribes and restores subscriptions
/// after every reconnect, maps messages both ways. Every connection has a client of its own, so that a packet id, which belongs to its
/// connection, can never acknowledge a message of a later one. The receive loop never waits.
/// </summary>
internal sealed partial class MqttConnection(ConnectionProfile profile, TimeProvider clock, ILogger logger) : IAsyncDisposable
{
    /// <summary>How long a failed send waits to hear why the connection ended.</summary>
    private static readonly TimeSpan ReasonTimeout = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Subscription> _subscriptions = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly BrokerTurn _brokers = new([profile.Broker, .. profile.Others]);
    private Task _loop = Task.CompletedTask;
    private volatile MqttSession? _session;

    /// <summary>The sign of life of the loop that keeps the connection.</summary>
    public LoopPulse Pulse { get; } = new();

    /// <summary>How often the connection is lost, and what the broker does not take.</summary>
    public LinkFigures Figures { get; } = new(clock);

    /// <summary>The broker of the latest attempt to connect.</summary>
    public BrokerAddress Broker => _brokers.Current;

    /// <summary>
    /// Whether another client that uses this one's name has the better right to it; null where none is known. Asked when a
    /// connection has ended: few brokers tell why.
    /// </summary>
    public Func<bool?> MustYield { get; init; } = () => null;

    /// <summary>Connected, and everything is subscribed.</summary>
    public bool IsConnected => _session is { IsReady: true, Client.IsConnected: true };

    /// <summary>Awaited after every connection, when all subscriptions are restored; an exception fails the attempt.</summary>
    public Func<Task>? Established { get; init; }

    /// <summary>Called when a connection is lost.</summary>
    public Action? Lost { get; init; }

    /// <summary>Makes one connection and does not replace it.</summary>
    /// <exception cref="IOException">The broker cannot be reached, or refuses the connection or a required subscription.</exception>
    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            await OpenAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"cannot reach the broker {profile.Broker}: {e.Message}", e);
        }
    }

    /// <summary>Connects and reconnects until disposed of; does not wait for the broker.</summary>
    public void Start() => _loop = Task.Run(RunAsync);

    private async Task RunAsync()
    {
        var stop = _stop.Token;
        var pipeline = Reconnecting.Pipeline(profile.MaxReconnectDelay, clock, (error, delay) =>
        {
            Pulse.Begin(delay);
            if (!stop.IsCancellationRequested)
                ConnectFailed(logger, Broker.ToString(), ConnectFailure.Cause(error, Broker)
                    + ConnectFailure.Ended(Figures.Now.CertificateEnd, clock.GetUtcNow()), delay.TotalSeconds);
        });
        try
        {
            while (true)
                await pipeline.ExecuteAsync(async token => await LiveAsync(token).ConfigureAwait(false), stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // disposed of
        }
    }

    /// <summary>One connection from its beginning to its end. Returns where it lived long enough to be replaced at once.</summary>
    /// <exception cref="ConnectionLostException">It did not.</exception>
    private async Task LiveAsync(CancellationToken cancellationToken)
    {
        Pulse.Begin(3 * profile.Timeout); // CONNECT, SUBSCRIBE and the first message; later ones that were sent are beats
        var session = await TryOpenAsync(cancellationToken).ConfigureAwait(false);
        var since = clock.GetTimestamp();
        var end = await Pulse.WaitAsync(session.Lost.Task.WaitAsync(cancellationToken)).ConfigureAwait(false);
        var lived = clock.GetElapsedTime(since);
        if (MustYield() is { } yields) throw new ConnectionLostException(Reconnecting.TakenOver(profile.ClientId), yields);
        if (end == ConnectionEnd.TakenOver) throw new ConnectionLostException(Reconnecting.TakenOver(profile.ClientId), mustYield: true);
        if (lived >= Reconnecting.Settled) _brokers.Lived();
        else
        {
            _brokers.Failed();
            throw new ConnectionLostException($"the connection lasted {lived.TotalSeconds:F1} s", mustYield: null);
        }
    }

    /// <summary>As <see cref="OpenAsync"/>; a rival ends many a connection before it is complete.</summary>
    private async Task<MqttSession> TryOpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await OpenAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!IsFatal(e, cancellationToken) && MustYield() is { } yields)
        {
            throw new ConnectionLostException(Reconnecting.TakenOver(profile.ClientId), yields);
        }
        catch (Exception e) when (!IsFatal(e, cancellationToken))
        {
            _brokers.Failed();
            throw;
        }
    }

    /// <summary>Gives the connection up, so that another client of the same name can come back.</summary>
    public void StepBack()
    {
        if (_session is not { } session) return;
        session.IsReady = false;
        session.Lost.TrySetResult(ConnectionEnd.TakenOver);
        _ = session.Client.TryDisconnectAsync();
    }

    private async Task<MqttSession> OpenAsync(CancellationToken cancellationToken)
    {
        _session?.Client.Dispose();
        var session = new MqttSession(profile.Broker.Within?.CreateAgentClient() ?? new MqttClientFactory().CreateMqttClient());
        session.Client.ApplicationMessageReceivedAsync += e => Receive(session, e);
        session.Client.DisconnectedAsync += e => End(session, e);
        _session = session;
        try
        {
            var to = profile with { Broker = _brokers.Begin(), Figures = Figures };
            var result = await session.ConnectAsync(to, clock, cancellationToken).ConfigureAwait(false);
            if (result.ResultCode != MqttClientConnectResultCode.Success)
                throw new BrokerRefusedException(result.ResultCode, result.ReasonString);
            await RestoreAsync(session, cancellationToken).ConfigureAwait(false);
            session.IsReady = true;
            // what was subscribed since
            await RestoreAsync(session, cancellationToken).ConfigureAwait(false);
            Figures.Connected();
            Connected(logger, Broker.ToString(), profile.ClientId, result.IsSessionPresent);
            if (Established is { } established) await established().ConfigureAwait(false);
            return session;
        }
        catch
        {
            session.IsReady = false;
            session.Client.Dispose();
            throw;
        }
    }

    private async Task RestoreAsync(MqttSession session, CancellationToken cancellationToken)
    {
        var missing = _subscriptions.Where(s => !session.Subscribed.ContainsKey(s.Key)).Select(s => s.Value).ToList();
        if (missing.Count > 0) await SubscribeAsync(session, missing, cancellationToken).ConfigureAwait(false);
    }

    private async Task SubscribeAsync(MqttSession session, IReadOnlyList<Subscription> subscriptions, CancellationToken cancellationToken)
    {
        foreach (var subscription in subscriptions) session.Subscribed[subscription.Filter] = subscription;
        var result =
            await session.Client.SubscribeAsync(ClientOptions.Subscribe(subscriptions), cancellationToken).ConfigureAwait(false);
        foreach (var item in result.Items)
        {
            var isGranted = item.ResultCode <= MqttClientSubscribeResultCode.GrantedQoS2;
            Figures.Subscription(item.TopicFilter.Topic, isGranted);
            if (isGranted) continue;
            if (session.Subscribed.TryGetValue(item.TopicFilter.Topic, out var subscription) && subscription.IsRequired)
                throw new IOException($"the broker refused the subscription to '{item.TopicFilter.Topic}': {item.ResultCode}");
            SubscriptionRefused(logger, item.TopicFilter.Topic, item.ResultCode.ToString());
        }
    }

    /// <summary>Adds a subscription before connecting.</summary>
    public void Add(Subscription subscription) => _subscriptions[subscription.Filter] = subscription;

    /// <summary>Adds a subscription: now if there is a connection, and after every reconnect.</summary>
    /// <exception cref="IOException">It is required and the broker refuses it, or the connection is lost.</exception>
    public async Task SubscribeAsync(Subscription subscription, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(subscription);
        Add(subscription);
        if (_session is not { IsReady: true } session) return; // done when the connection is there
        try
        {
            await SubscribeAsync(session, [subscription], cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!IsFatal(e, cancellationToken))
        {
            if (!subscription.IsRequired) SendFailed(logger, e.Message); // the connection went; the next one restores it
            else throw e is IOException ? e : new IOException($"'{subscription.Filter}' was not subscribed: {e.Message}", e);
        }
    }

    public async Task UnsubscribeAsync(string filter, CancellationToken cancellationToken)
    {
        if (!_subscriptions.TryRemove(filter, out _) || _session is not { IsReady: true } session) return;
        session.Subscribed.TryRemove(filter, out _);
        try
        {
            await session.Client.UnsubscribeAsync(new MqttClientUnsubscribeOptionsBuilder().WithTopicFilter(filter).Build(),
                cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!IsFatal(e, cancellationToken))
        {
            SendFailed(logger, e.Message);
        }
    }

    /// <summary>Sends a message. Returns when the broker has it (at-least-once) or it was written to the connection.</summary>
    /// <exception cref="PublishRefusedException">The broker does not take it.</exception>
    /// <exception cref="IOException">There is no connection, or it is lost meanwhile.</exception>
    public async Task SendAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (_session is not { } session) throw new IOException($"'{message.Topic}' was not sent: not connected");
        await SendAsync(session, message, cancellationToken).ConfigureAwait(false);
    }

    private static async Task SendAsync(MqttSession session, OutboundMessage message, CancellationToken cancellationToken)
    {
        try
        {
            var result = await session.Client.PublishAsync(MessageMapping.ToMqtt(message), cancellationToken).ConfigureAwait(false);
            if (!result.IsSuccess)
                throw new PublishRefusedException(result.ReasonCode.ToString(),
                    $"the broker refused '{message.Topic}': {result.ReasonCode} {result.ReasonString}");
        }
        catch (Exception e) when (e is not PublishRefusedException && !IsFatal(e, cancellationToken))
        {
            throw new IOException($"'{message.Topic}' was not sent: {e.Message}", e);
        }
    }

    /// <summary>Sends a message if there is a connection. Does not throw.</summary>
    public async Task<SendResult> TrySendAsync(OutboundMessage message)
    {
        if (_session is not { IsReady: true, Client.IsConnected: true } session) return SendResult.Failed;
        var others = message.AtLeastOnce ? Interlocked.Increment(ref session.UnderWay) - 1 : 0;
        try
        {
            await SendAsync(session, message, _stop.Token).ConfigureAwait(false);
            Pulse.Beat();
            return SendResult.Sent;
        }
        catch (PublishRefusedException e)
        {
            Figures.MessageRefused(e.Reason);
            MessageRefused(logger, e.Reason);
            return SendResult.Refused;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            SendFailed(logger, e.Message);
            return message.AtLeastOnce && others == 0 ? await BlameAsync(session).ConfigureAwait(false) : SendResult.Failed;
        }
        finally
        {
            if (message.AtLeastOnce) Interlocked.Decrement(ref session.UnderWay);
        }
    }

    /// <summary>What the end of a connection says of the one message that was under way.</summary>
    private async Task<SendResult> BlameAsync(MqttSession session)
    {
        try
        {
            var end = await session.Lost.Task.WaitAsync(ReasonTimeout, clock, _stop.Token).ConfigureAwait(false);
            return end == ConnectionEnd.Faulted ? SendResult.Blamed : end == ConnectionEnd.Lost ? SendResult.Lost : SendResult.Failed;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return SendResult.Failed;
        }
    }

    private Task Receive(MqttSession session, MqttApplicationMessageReceivedEventArgs e)
    {
        e.AutoAcknowledge = false;
        var message = MessageMapping.FromMqtt(e.ApplicationMessage, clock.GetTimestamp(), () => AcknowledgeAsync(session, e));
        if (Find(message.Topic) is { } subscription) subscription.Receive(message);
        else _ = message.Acknowledge(); // nobody waits for it any more
        return Task.CompletedTask;
    }

    private Subscription? Find(string topic) =>
        _subscriptions.TryGetValue(topic, out var exact)
            ? exact : _subscriptions.Values.FirstOrDefault(s => IsMatch(topic, s.Pattern));

    private static bool IsMatch(string topic, string filter) =>
        MqttTopicFilterComparer.Compare(topic, filter) == MqttTopicFilterCompareResult.IsMatch;

    /// <summary>Does nothing when the message's connection has gone: the broker delivers it again on the next one.</summary>
    private async Task AcknowledgeAsync(MqttSession session, MqttApplicationMessageReceivedEventArgs e)
    {
        if (!session.Client.IsConnected) return;
        try
        {
            await e.AcknowledgeAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            AcknowledgeFailed(logger, error.Message);
        }
    }

    private Task End(MqttSession session, MqttClientDisconnectedEventArgs e)
    {
        session.IsReady = false;
        if (e.ClientWasConnected && !_stop.IsCancellationRequested)
        {
            ConnectionLost(logger, Broker.ToString(), Reconnecting.Describe(e));
            Lost?.Invoke();
        }
        session.Lost.TrySetResult(Reconnecting.EndOf(e));
        return Task.CompletedTask;
    }

    private static bool IsFatal(Exception e, CancellationToken cancellationToken) =>
        e is OutOfMemoryException || e is OperationCanceledException && cancellationToken.IsCancellationRequested;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_session?.Client is { } client)
        {
            if (client.IsConnected)
                await client.DisconnectAsync(new MqttClientDisconnectOptions(), CancellationToken.None)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            client.Dispose();
        }
        _stop.Dispose();
    }
}
