namespace EdgeAgent.Mqtt.Broker;

/// <summary>
/// How many clients are connected: those that have not logged in yet, of whom one more ends the oldest, and those that have, in all and
/// for each account. Safe for concurrent use.
/// </summary>
internal sealed class ConnectionGate(EmbeddedBrokerOptions options, TimeProvider clock)
{
    /// <summary>How far ahead of its pace an account may send.</summary>
    private static readonly TimeSpan Burst = TimeSpan.FromSeconds(1);

    private sealed class Account(PublishPace pace)
    {
        public PublishPace Pace => pace;
        public int Connections;
    }

    /// <summary>One connection's place.</summary>
    internal sealed class Place(ConnectionGate gate, Action end) : IDisposable
    {
        private CancellationTokenSource? _timeout;
        private Account? _account;
        private BrokerClient? _client;

        /// <summary>What the account may send; null before the login.</summary>
        public PublishPace? Pace => _account?.Pace;

        internal void Start()
        {
            _timeout = new CancellationTokenSource(gate._options.LoginTimeout, gate._clock);
            _timeout.Token.Register(end);
        }

        internal void End() => end();

        /// <summary>The client has logged in; why it has no place, or null.</summary>
        public string? LogIn(BrokerClient client)
        {
            lock (gate._lock)
            {
                if (gate._connections >= gate._options.MaxConnections) return $"{gate._options.MaxConnections} clients are connected";
                if (!gate._accounts.TryGetValue(client.Account, out var account))
                    gate._accounts[client.Account] = account =
                        new Account(new PublishPace(gate._options.PublishesPerSecond, Burst, gate._clock));
                if (account.Connections >= gate._options.MaxConnectionsPerUser)
                    return $"this user has {gate._options.MaxConnectionsPerUser} connections";
                account.Connections++;
                gate._connections++;
                gate._waiting.Remove(this);
                (_account, _client) = (account, client);
            }
            _timeout?.Dispose();
            return null;
        }

        public void Dispose()
        {
            lock (gate._lock)
            {
                gate._waiting.Remove(this);
                if (_account is not null && _client is not null)
                {
                    gate._connections--;
                    // a user's pace outlives its connections, or a new one would be a new allowance
                    if (--_account.Connections == 0 && _client.User.Length == 0) gate._accounts.Remove(_client.Account);
                    _account = null;
                }
            }
            _timeout?.Dispose();
        }
    }

    private readonly Lock _lock = new();
    private readonly EmbeddedBrokerOptions _options = options;
    private readonly TimeProvider _clock = clock;
    private readonly LinkedList<Place> _waiting = new();
    private readonly Dictionary<string, Account> _accounts = new(StringComparer.Ordinal);
    private int _connections;

    /// <summary>Clients that have logged in.</summary>
    public int Connections
    {
        get
        {
            lock (_lock) return _connections;
        }
    }

    /// <summary>A client has connected.</summary>
    /// <param name="end">Ends its connection; called when it does not log in in time, or where newer ones need its place.</param>
    public Place Enter(Action end)
    {
        var place = new Place(this, end);
        Place? oldest = null;
        lock (_lock)
        {
            if (_waiting.Count >= _options.MaxLogins)
            {
                oldest = _waiting.First!.Value;
                _waiting.RemoveFirst();
            }
            _waiting.AddLast(place);
        }
        place.Start();
        oldest?.End();
        return place;
    }
}
