namespace EdgeAgent.Endpoints.Http;

/// <summary>
/// Bounds how often each client may call: a token bucket each, two seconds deep. Bounded: clients that have rested are forgotten, and where
/// more than <see cref="MaxClients"/> are busy, the new ones share a bucket. Safe for concurrent use.
/// </summary>
/// <param name="perSecond">Calls a second; may change.</param>
internal sealed class ClientRates(Func<double> perSecond, TimeProvider clock)
{
    public const int MaxClients = 1024;
    private const string Others = "";
    private readonly Dictionary<string, (double Tokens, long At)> _buckets = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    /// <returns>Null where the call is allowed; otherwise how long to wait.</returns>
    public TimeSpan? Take(string client)
    {
        lock (_lock)
        {
            if (!_buckets.ContainsKey(client) && _buckets.Count >= MaxClients)
            {
                Forget();
                if (_buckets.Count >= MaxClients) client = Others;
            }
            var tokens = Tokens(client);
            var isAllowed = tokens >= 1;
            _buckets[client] = (isAllowed ? tokens - 1 : tokens, clock.GetTimestamp());
            return isAllowed ? null : TimeSpan.FromSeconds((1 - tokens) / perSecond());
        }
    }

    private double Depth => 2 * perSecond();

    private double Tokens(string client) => _buckets.TryGetValue(client, out var bucket)
        ? Math.Min(Depth, bucket.Tokens + clock.GetElapsedTime(bucket.At).TotalSeconds * perSecond()) : Depth;

    private void Forget()
    {
        foreach (var client in _buckets.Keys.Where(c => Tokens(c) >= Depth).ToList()) _buckets.Remove(client);
    }
}
