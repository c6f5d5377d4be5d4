using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace EdgeAgent.Telemetry;

/// <summary>
/// Counters and times of the agent, on the meter "EdgeAgent". Labels are fixed words, never text from users. Safe for concurrent use.
/// </summary>
internal sealed class AgentMetrics : IDisposable
{
    private readonly Meter _meter = new("EdgeAgent");
    private readonly Counter<long> _queries, _replies, _drops;
    private readonly Histogram<double> _firstToken, _overhead;
    private readonly ConcurrentDictionary<string, long> _totals = new(StringComparer.Ordinal);
    private readonly Lock _energy = new();
    private double? _joules;
    private long _generated;

    /// <summary>Weight of a new answer in the average energy.</summary>
    private const double EnergyWeight = 0.1;

    /// <param name="business">Business figures; null where none are kept.</param>
    public AgentMetrics(BusinessView? business = null)
    {
        Business = business;
        _queries = _meter.CreateCounter<long>("edge_agent.queries", "{query}", "Messages on the query topics");
        _replies = _meter.CreateCounter<long>("edge_agent.replies", "{reply}", "Terminal replies by outcome");
        _drops = _meter.CreateCounter<long>("edge_agent.drops", "{message}", "Messages that got no reply, by reason");
        _firstToken = _meter.CreateHistogram<double>("edge_agent.first_token", "ms", "From message received to first piece published");
        _overhead = _meter.CreateHistogram<double>("edge_agent.overhead", "ms", "first_token without the time in the decoder");
    }

    public BusinessView? Business { get; }

    public void Query() => Count(_queries, "queries", "", "");

    /// <param name="outcome">A finish reason or an error code.</param>
    public void Reply(string outcome) => Count(_replies, "replies", "outcome", outcome);

    /// <param name="reason">One of a fixed set of words.</param>
    public void Drop(string reason) => Count(_drops, "drops", "reason", reason);

    public void FirstPiece(double milliseconds, double inferenceMilliseconds)
    {
        _firstToken.Record(milliseconds);
        _overhead.Record(milliseconds - inferenceMilliseconds);
    }

    /// <summary>Energy of an answer, J, as a moving average; null before the first one.</summary>
    public double? JoulesPerAnswer
    {
        get { lock (_energy) return _joules; }
    }

    public void Energy(double joules)
    {
        lock (_energy) _joules = _joules is { } average ? average + EnergyWeight * (joules - average) : joules;
    }

    /// <summary>Tokens the student has generated since the start.</summary>
    public long GeneratedTokens => Interlocked.Read(ref _generated);

    public void Generated(long tokens) => Interlocked.Add(ref _generated, tokens);

    /// <summary>The total of a counter since the start, such as <c>drops.no_reply_topic</c>.</summary>
    public long Total(string name) => _totals.GetValueOrDefault(name);

    private void Count(Counter<long> counter, string name, string label, string value)
    {
        if (label.Length == 0)
        {
            counter.Add(1);
            _totals.AddOrUpdate(name, 1, (_, n) => n + 1);
            return;
        }
        counter.Add(1, new KeyValuePair<string, object?>(label, value));
        _totals.AddOrUpdate($"{name}.{value}", 1, (_, n) => n + 1);
    }

    public void Dispose() => _meter.Dispose();
}
