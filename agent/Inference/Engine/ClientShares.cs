namespace EdgeAgent.Inference.Engine;

/// <summary>Who had how much of the engine lately: seconds by client, which fade with time. Not safe for concurrent use.</summary>
internal sealed class ClientShares(TimeProvider clock)
{
    /// <summary>What was served weighs half after this time.</summary>
    public static readonly TimeSpan HalfLife = TimeSpan.FromSeconds(10);

    /// <summary>Others may come to want this many times what they wanted.</summary>
    private const double Surge = 2;

    private const double Forgotten = 0.001; // seconds

    private readonly Dictionary<string, double> _seconds = new(StringComparer.Ordinal); // as of _at
    private long _at = clock.GetTimestamp();

    /// <summary>Notes that a client had the whole engine for so many seconds, or a part of it for longer.</summary>
    public void Add(string client, double seconds)
    {
        Fade();
        _seconds[client] = _seconds.GetValueOrDefault(client) + seconds;
    }

    /// <summary>Whether somebody else was served lately.</summary>
    public bool HasOthers(string client)
    {
        Fade();
        return _seconds.Count > (_seconds.ContainsKey(client) ? 1 : 0);
    }

    /// <summary>
    /// Share of the engine that a client gets while it has something waiting, 0..1: the others take what they had lately and hold now, and
    /// those who want more than this client's share are held to it (max-min fairness).
    /// </summary>
    /// <param name="held">Seconds of the engine that waiting and running requests will take, by client.</param>
    public double Guaranteed(string client, IReadOnlyDictionary<string, double> held)
    {
        Fade();
        var demands = new Dictionary<string, double>(_seconds, StringComparer.Ordinal);
        foreach (var (name, seconds) in held) demands[name] = demands.GetValueOrDefault(name) + seconds;
        var total = demands.Values.Sum();
        if (total <= 0) return 1;
        demands.Remove(client);
        var (left, sharing) = (1.0, demands.Count + 1);
        foreach (var share in demands.Values.Select(d => Surge * d / total).Order())
        {
            if (share * sharing >= left) break; // this one and all after it get no more than the client
            (left, sharing) = (left - share, sharing - 1);
        }
        return left / sharing;
    }

    private void Fade()
    {
        var age = clock.GetElapsedTime(_at);
        if (age < HalfLife / 20) return;
        var left = Math.Pow(0.5, age / HalfLife);
        foreach (var client in _seconds.Keys.ToList())
            if ((_seconds[client] *= left) < Forgotten) _seconds.Remove(client);
        _at = clock.GetTimestamp();
    }
}
