using System.Net;
using EdgeAgent.Mqtt.Broker;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MQTTnet;
using MQTTnet.Adapter;
using MQTTnet.Server;

namespace EdgeAgent.Mqtt;

/// <summary>What an embedded broker is told at its start.</summary>
/// <param name="Listeners">Where it listens; the first is the one that terminals are told.</param>
/// <param name="MaxPayloadBytes">Largest payload of a message.</param>
internal sealed record EmbeddedBrokerSettings(IReadOnlyList<BrokerListener> Listeners, int MaxPayloadBytes)
{
    public EmbeddedBrokerOptions Options { get; init; } = new();

    /// <summary>File of the users; null: nobody logs in, and whoever connects may do everything.</summary>
    public string? UsersFile { get; init; }

    /// <summary>Where sessions and retained messages are kept; null: in memory alone.</summary>
    public string? Directory { get; init; }

    /// <summary>Site and device of the agent in this process; null where it is elsewhere.</summary>
    public (string Site, string Device)? Agent { get; init; }
}

/// <summary>
/// A broker inside the process, for a single device (MQTTnet.Server), with users, rights and limits. It has no shared subscriptions and
/// does not expire messages; a site with several devices needs a broker of its own.
/// </summary>
internal sealed class EmbeddedBroker : IAsyncDisposable
{
    private static readonly TimeSpan CommunicationTimeout = TimeSpan.FromSeconds(10), SweepInterval = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _clock;
    private readonly MqttServer _server;
    private readonly BrokerListeners _listeners;
    private readonly BrokerSessions _sessions;
    private readonly QueueLedger _ledger;
    private readonly UserDirectory _users;
    private readonly MessageGate _messages;
    private readonly ConnectionCheck _connections;
    private readonly SessionRestore _restore;
    private readonly BrokerStore? _store;
    private readonly string? _agentClientId;
    private ITimer? _sweep;

    private EmbeddedBroker(EmbeddedBrokerSettings settings, TimeProvider clock, ILogger logger)
    {
        _clock = clock;
        var options = settings.Options;
        Figures = new BrokerFigures(clock, logger);
        _users = new UserDirectory(settings.UsersFile, logger);
        _sessions = new BrokerSessions(options.MaxSessions);
        _ledger = new QueueLedger(options);
        _agentClientId = settings.Agent is { } agent ? MqttLink.ClientIdOf(agent.Site, agent.Device) : null;
        var rights = BrokerRights.Beside(settings.Agent);
        // refusing a message that is a little too large is kinder than ending the connection over it
        var context = new ChannelContext(options, checked(settings.MaxPayloadBytes * 2 + (64 << 10)), _ledger, Figures, clock);
        _listeners = new BrokerListeners(settings.Listeners, context, new ConnectionGate(options, clock));
        _server = new MqttServerFactory().CreateMqttServer(new MqttServerOptionsBuilder()
            .WithoutDefaultEndpoint()
            .WithPersistentSessions(true)
            .WithDefaultCommunicationTimeout(CommunicationTimeout)
            .WithMaxPendingMessagesPerClient(Math.Max(options.QueuedMessages, options.AgentQueue) + options.RetainedMessages)
            .WithPendingMessagesOverflowStrategy(MqttPendingMessagesOverflowStrategy.DropNewMessage)
            .Build(), [_listeners]);
        _messages = new MessageGate(rights, _sessions, _ledger, new MessageGateOptions(options, settings.MaxPayloadBytes, _agentClientId),
            Figures, clock)
        { AgentQueue = AgentQueueAsync };
        _connections = new ConnectionCheck(_users, rights, _sessions, context, _agentClientId) { DeleteSession = DeleteSessionAsync };
        _restore = new SessionRestore(_server, _listeners, _users, _sessions, options.MaxSessionExpiry, logger);
        if (settings.Directory is { } directory) _store = new BrokerStore(directory, _restore.Now, logger);
        Listen();
    }

    /// <summary>What was refused and dropped.</summary>
    public BrokerFigures Figures { get; }

    /// <summary>The listeners with the ports that they got.</summary>
    public IReadOnlyList<BrokerListener> Listeners => _listeners.Bound;

    /// <summary>The address of the first listener.</summary>
    public IPEndPoint EndPoint => Listeners[0].EndPoint;

    /// <summary>Whether anybody has to log in.</summary>
    public bool HasUsers => _users.HasUsers;

    public BrokerReport Report => Figures.Report;

    /// <summary>Sessions, of connected clients and of those that are away.</summary>
    public int Sessions => _sessions.All.Count;

    /// <summary>Senders that wait for room in the agent's queue.</summary>
    public int WaitingSenders => _messages.Waiting;

    /// <summary>A broker for agents elsewhere, without users: listens on one address; port 0 takes a free one.</summary>
    /// <exception cref="IOException">The address cannot be bound.</exception>
    public static Task<EmbeddedBroker> StartAsync(IPEndPoint endPoint, int maxPayloadBytes) => StartAsync(
        new EmbeddedBrokerSettings([new BrokerListener(endPoint)], maxPayloadBytes)
        { Options = new EmbeddedBrokerOptions { PublishesPerSecond = 100_000, QueuedMessages = 10_000 } },
        TimeProvider.System, NullLogger.Instance);

    /// <exception cref="IOException">An address cannot be bound, or a file cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file of the users holds something else.</exception>
    public static async Task<EmbeddedBroker> StartAsync(EmbeddedBrokerSettings settings, TimeProvider clock, ILogger logger)
    {
        var broker = new EmbeddedBroker(settings, clock, logger);
        try
        {
            await broker._server.StartAsync().ConfigureAwait(false);
            if (broker._store is { } store)
            {
                await broker._restore.RunAsync(store.LoadSessions(), clock.GetUtcNow()).ConfigureAwait(false);
                store.Start();
            }
            broker._listeners.Open();
            broker._sweep = clock.CreateTimer(_ => broker.Sweep(), null, SweepInterval, SweepInterval);
            return broker;
        }
        catch
        {
            await broker.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private void Listen()
    {
        _server.ValidatingConnectionAsync += _connections.ValidateAsync;
        _server.InterceptingPublishAsync += _messages.PublishAsync;
        _server.InterceptingSubscriptionAsync += e => Done(() => _messages.Subscribe(e));
        _server.InterceptingClientEnqueueAsync += e => Done(() => _messages.Enqueue(e));
        _server.ApplicationMessageEnqueuedOrDroppedAsync += e => Done(() => _messages.Enqueued(e));
        _server.ClientAcknowledgedPublishPacketAsync += e => Done(() => _messages.Acknowledged(e));
        _server.ClientConnectedAsync += e => OnSession(e.SessionItems, _sessions.Keep);
        _server.ClientDisconnectedAsync += e => OnSession(e.SessionItems, s => s.AwaySince = _clock.GetUtcNow());
        _server.ClientSubscribedTopicAsync += e => OnSession(e.SessionItems, _ => { });
        _server.ClientUnsubscribedTopicAsync += e => OnSession(e.SessionItems, s => s.Subscriptions.TryRemove(e.TopicFilter, out _));
        _server.SessionDeletedAsync += e => OnSession(e.SessionItems, s =>
        {
            _sessions.Remove(s);
            _ledger.Clear(e.Id);
        });
        _server.RetainedMessageChangedAsync += e => Done(() =>
            _store?.Put(e.ChangedRetainedMessage.Topic, e.ChangedRetainedMessage.Payload.IsEmpty ? null : e.ChangedRetainedMessage));
        _server.LoadingRetainedMessageAsync += e => Done(() => e.LoadedRetainedMessages =
            [.. _store?.LoadMessages(_messages.TryRetain) ?? []]);
    }

    private static Task Done(Action act)
    {
        act();
        return Task.CompletedTask;
    }

    private Task OnSession(System.Collections.IDictionary items, Action<BrokerSession> act)
    {
        if (BrokerSessions.Of(items) is not { } session) return Task.CompletedTask;
        act(session);
        if (session.IsKept) _store?.PutSessions();
        return Task.CompletedTask;
    }

    /// <summary>A client for the agent in this process: in memory, with the agent's rights.</summary>
    public IMqttClient CreateAgentClient() => new MqttClientFactory().CreateMqttClient(AgentAdapters);

    /// <summary>How the agent's client reaches it.</summary>
    public IMqttClientAdapterFactory AgentAdapters => _listeners.AgentAdapters;

    private async Task<long> AgentQueueAsync()
    {
        try
        {
            return (await _server.GetSessionAsync(_agentClientId!).ConfigureAwait(false)).PendingApplicationMessagesCount;
        }
        catch (InvalidOperationException)
        {
            return 0; // the agent has no session yet
        }
    }

    private async Task DeleteSessionAsync(string clientId)
    {
        try
        {
            await (await _server.GetSessionAsync(clientId).ConfigureAwait(false)).DeleteAsync().ConfigureAwait(false);
        }
        catch (InvalidOperationException)
        {
            // it has ended by itself
        }
    }

    /// <summary>Ends sessions whose time has passed: the library does so only when their clients come back.</summary>
    private void Sweep()
    {
        var now = _clock.GetUtcNow();
        foreach (var session in _sessions.All)
            if (session is { AwaySince: { } since, IsKept: true } && now - since > session.Expiry)
                _ = DeleteSessionAsync(session.Client.ClientId);
    }

    public async ValueTask DisposeAsync()
    {
        if (_sweep is { } sweep) await sweep.DisposeAsync().ConfigureAwait(false);
        await _server.StopAsync(new MqttServerStopOptions()).ConfigureAwait(false);
        if (_store is { } store)
        {
            store.PutSessions();
            await store.DisposeAsync().ConfigureAwait(false);
        }
        _server.Dispose();
        _listeners.Dispose();
        _messages.Dispose();
        _users.Dispose();
    }
}
