using System.Collections;
using System.Collections.Concurrent;
using MQTTnet.Packets;

namespace EdgeAgent.Mqtt.Broker;

/// <summary>A client's session: whose it is, and what it subscribed.</summary>
internal sealed class BrokerSession(BrokerClient client)
{
    public BrokerClient Client => client;

    public ConcurrentDictionary<string, MqttTopicFilter> Subscriptions { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether it outlives its connection.</summary>
    public bool IsKept { get; set; }

    /// <summary>How long it outlives its connection.</summary>
    public TimeSpan Expiry { get; set; }

    /// <summary>Since when the client is away; null while it is connected.</summary>
    public DateTimeOffset? AwaySince { get; set; }
}

/// <summary>What became of a client's claim to its client id.</summary>
internal enum ClaimResult
{
    Granted,

    /// <summary>The user's role is another one now: the session of the old one must go first.</summary>
    OtherRole,

    /// <summary>The session is another user's.</summary>
    OtherUser,

    /// <summary>There are as many sessions as there may be.</summary>
    Full,
}

/// <summary>The sessions by client id, each with the user whose it is. Safe for concurrent use.</summary>
internal sealed class BrokerSessions(int maxSessions)
{
    private const string Item = "session";
    private readonly Lock _lock = new();
    private readonly Dictionary<string, BrokerSession> _sessions = new(StringComparer.Ordinal);

    public IReadOnlyList<BrokerSession> All
    {
        get
        {
            lock (_lock) return [.. _sessions.Values];
        }
    }

    public BrokerSession? Find(string clientId)
    {
        lock (_lock) return _sessions.GetValueOrDefault(clientId);
    }

    /// <summary>The client connects: it takes its session up again, or begins a new one.</summary>
    /// <param name="isClean">The client wants a new one.</param>
    public ClaimResult Claim(BrokerClient client, bool isClean, out BrokerSession session)
    {
        lock (_lock)
        {
            session = _sessions.GetValueOrDefault(client.ClientId) ?? new BrokerSession(client);
            if (session.Client.User != client.User) return ClaimResult.OtherUser;
            if (session.Client.Role != client.Role) return ClaimResult.OtherRole;
            if (_sessions.Count >= maxSessions && !_sessions.ContainsKey(client.ClientId)) return ClaimResult.Full;
            if (isClean) session = new BrokerSession(client);
            _sessions[client.ClientId] = session;
            return ClaimResult.Granted;
        }
    }

    /// <summary>The connection is there: a session of its client id that ended meanwhile was the one before.</summary>
    public void Keep(BrokerSession session)
    {
        lock (_lock) _sessions.TryAdd(session.Client.ClientId, session);
    }

    /// <summary>A session has ended.</summary>
    public void Remove(BrokerSession session)
    {
        lock (_lock)
            if (_sessions.GetValueOrDefault(session.Client.ClientId) == session) _sessions.Remove(session.Client.ClientId);
    }

    public static void Put(IDictionary items, BrokerSession session) => items[Item] = session;

    /// <summary>The session that the library's belongs to; null for one that never logged in.</summary>
    public static BrokerSession? Of(IDictionary items) => items[Item] as BrokerSession;
}
