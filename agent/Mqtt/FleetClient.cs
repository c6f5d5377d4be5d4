using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Mqtt;

/// <summary>What a person hears of a connection that breaks.</summary>
/// <param name="Report">Takes sentences; called on any thread.</param>
/// <param name="GiveUpAfter">Time without a connection after which the client gives up; null for never.</param>
internal sealed record ConnectionReport(Action<string> Report, TimeSpan? GiveUpAfter = null);

/// <summary>
/// A fleet manager's connection: publishes, also retained, with the broker's confirmation, and listens. The first connection is made
/// once. A lost one is made anew, with growing delays and all subscriptions, until the broker refuses it or the time to give up
/// has passed.
/// </summary>
internal sealed class FleetClient : IAsyncDisposable
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(250), MaxDelay = TimeSpan.FromSeconds(10);
    private readonly BrokerAddress _broker;
    private readonly MqttConnection _connection;
    private readonly Action<string, ReadOnlyMemory<byte>> _receive;
    private readonly ConnectionReport _watch;
    private readonly RecentIds _recent = new();
    private readonly SemaphoreSlim _lost = new(0);
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;
    private volatile IOException? _failure;
    private volatile TaskCompletionSource _change = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _connections = 1;

    private FleetClient(BrokerAccess broker, string clientId, Action<string, ReadOnlyMemory<byte>> receive, ConnectionReport? watch)
    {
        (_broker, _receive, _watch) = (broker.Address, receive, watch ?? new ConnectionReport(_ => { }));
        _connection = new MqttConnection(new ConnectionProfile(broker.Address, clientId)
        {
            Credentials = broker.Credentials,
            Timeout = TimeSpan.FromSeconds(20),
            HasLargeBuffers = true
        }, TimeProvider.System, NullLogger.Instance)
        { Lost = () => _lost.Release() };
    }

    public bool IsConnected => _connection.IsConnected;

    /// <summary>Connections made so far: it has grown when retained messages may have been missed.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <param name="receive">Called once for every message, on the receive loop: must return at once.</param>
    /// <param name="watch">Who hears of a lost connection.</param>
    /// <exception cref="IOException">The broker cannot be reached.</exception>
    public static async Task<FleetClient> ConnectAsync(BrokerAccess broker, string clientId, Action<string, ReadOnlyMemory<byte>> receive,
        CancellationToken cancellationToken, ConnectionReport? watch = null)
    {
        var client = new FleetClient(broker, clientId, receive, watch);
        try
        {
            await client._connection.ConnectAsync(cancellationToken).ConfigureAwait(false);
            client._loop = Task.Run(client.StayConnectedAsync, CancellationToken.None);
            return client;
        }
        catch (IOException e)
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw new IOException(ConnectFailure.Explain(e, broker.Address), e);
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <exception cref="IOException">The broker refused the subscription or is gone.</exception>
    public Task SubscribeAsync(string filter, CancellationToken cancellationToken) =>
        _connection.SubscribeAsync(new Subscription(filter, Receive) { IsRequired = true }, cancellationToken);

    /// <summary>Returns when the broker has it (QoS 1). A message that a lost connection took with it is sent again on the next.</summary>
    /// <exception cref="IOException">The broker refused it or is gone for good.</exception>
    public async Task PublishAsync(string topic, ReadOnlyMemory<byte> payload, bool retain, CancellationToken cancellationToken)
    {
        var message = new OutboundMessage(topic, payload) { AtLeastOnce = true, Retain = retain };
        while (true)
        {
            ThrowIfGone();
            var change = _change.Task;
            try
            {
                await _connection.SendAsync(message, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (IOException e) when (e is not PublishRefusedException && !_loop.IsCompleted)
            {
                if (!IsConnected) await change.WaitAsync(cancellationToken).ConfigureAwait(false);
                else await Task.Delay(FirstDelay, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <exception cref="IOException">The connection was lost for good.</exception>
    public void ThrowIfGone()
    {
        if (_failure is { } failure) throw new IOException(failure.Message, failure);
    }

    private async Task StayConnectedAsync()
    {
        try
        {
            while (true)
            {
                await _lost.WaitAsync(_stop.Token).ConfigureAwait(false);
                if (_connection.IsConnected) continue;
                _watch.Report($"lost the connection to the broker {_broker}; connecting again");
                await ConnectAgainAsync(_stop.Token).ConfigureAwait(false);
                Interlocked.Increment(ref _connections);
                _watch.Report($"connected to the broker {_broker} again");
                Changed();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // disposed of
        }
        catch (IOException e)
        {
            _failure = e;
        }
        finally
        {
            Changed();
        }
    }

    private async Task ConnectAgainAsync(CancellationToken cancellationToken)
    {
        var since = TimeProvider.System.GetTimestamp();
        for (var delay = FirstDelay; ; delay = delay * 2 < MaxDelay ? delay * 2 : MaxDelay)
        {
            await Task.Delay(delay, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            try
            {
                await _connection.ConnectAsync(cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (IOException e) when (ConnectFailure.IsFinal(e))
            {
                throw new IOException(ConnectFailure.Explain(e, _broker), e);
            }
            catch (IOException e) when (_watch.GiveUpAfter is { } limit && TimeProvider.System.GetElapsedTime(since) > limit)
            {
                throw new IOException($"{ConnectFailure.Explain(e, _broker)}; given up after {limit.TotalMinutes:0} minutes", e);
            }
            catch (IOException)
            {
                // the next attempt may succeed
            }
        }
    }

    private void Changed()
    {
        var change = _change;
        _change = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        change.TrySetResult();
    }

    private void Receive(InboundMessage message)
    {
        if (!_recent.IsAgain(message)) _receive(message.Topic, message.Payload);
        _ = message.Acknowledge();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _connection.DisposeAsync().ConfigureAwait(false);
        _lost.Dispose();
        _stop.Dispose();
    }
}
