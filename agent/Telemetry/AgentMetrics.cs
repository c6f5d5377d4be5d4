using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using EdgeAgent.Telemetry.Drift;

namespace EdgeAgent.Telemetry;

/// <summary>
/// Counters and times of the agent, on the meter "EdgeAgent". Labels are fixed words and the student's name, never text from users. Names
/// and units of what every model server measures are OpenTelemetry's (semantic conventions for generative AI). Safe for concurrent use.
/// </summary>
internal sealed class AgentMetrics : IDisposable
{
    public const string MeterName = "EdgeAgent";

    /// <summary>Bounds that the conventions advise, s.</summary>
    private static readonly InstrumentAdvice<double>
        Durations = Bounds(0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92),
        FirstTokens = Bounds(0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10),
        LaterTokens = Bounds(0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5);

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _queries, _replies, _drops, _tokens;
    private readonly Histogram<double> _firstToken, _overhead, _duration, _timeToFirst, _timePerToken;
    private readonly ConcurrentDictionary<string, long> _totals = new(StringComparer.Ordinal);
    private readonly Lock _energy = new();
    private double? _joules;
    private long _generated;

    /// <summary>Weight of a new answer in the average energy.</summary>
    private const double EnergyWeight = 0.1;

    /// <param name="business">Business figures; null where none are kept.</param>
    /// <param name="drift">What compares questions with earlier ones; null where nothing does.</param>
    public AgentMetrics(BusinessView? business = null, DriftMonitor? drift = null)
    {
        (Business, Drift) = (business, drift);
        _queries = _meter.CreateCounter<long>("edge_agent.queries", "{query}", "Messages on the query topics");
        _replies = _meter.CreateCounter<long>("edge_agent.replies", "{reply}", "Terminal replies by outcome");
        _drops = _meter.CreateCounter<long>("edge_agent.drops", "{message}", "Messages that got no reply, by reason");
        _firstToken = _meter.CreateHistogram<double>("edge_agent.first_token", "ms", "From message received to first piece published");
        _overhead = _meter.CreateHistogram<double>("edge_agent.overhead", "ms", "first_token without the time in the decoder");
        _duration = _meter.CreateHistogram("gen_ai.server.request.duration", "s", "From a query's arrival to the end of its answer",
            advice: Durations);
        _timeToFirst = _meter.CreateHistogram("gen_ai.server.time_to_first_token", "s", "From a query's arrival to its first piece",
            advice: FirstTokens);
        _timePerToken = _meter.CreateHistogram("gen_ai.server.time_per_output_token", "s", "Of the tokens behind the first one",
            advice: LaterTokens);
        _tokens = _meter.CreateCounter<long>("edge_agent.tokens", "{token}", "Tokens read and written by the student");
    }

    /// <summary>Where other parts add instruments that are observed.</summary>
    public Meter Meter => _meter;

    public BusinessView? Business { get; }

    public DriftMonitor? Drift { get; }

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

    /// <summary>Times and tokens of an answer.</summary>
    public void Answered(ServedAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        KeyValuePair<string, object?>[] tags = [new("gen_ai.operation.name", "chat"), new("gen_ai.provider.name", "edge_agent"),
            new("gen_ai.response.model", answer.Model), new("edge_agent.source", answer.Source)];
        _duration.Record(answer.TotalSeconds, tags);
        if (answer.FirstSeconds is not { } first) return;
        _timeToFirst.Record(first, tags);
        if (answer.OutputTokens > 1) _timePerToken.Record((answer.TotalSeconds - first) / (answer.OutputTokens - 1), tags);
        _tokens.Add(answer.InputTokens, new KeyValuePair<string, object?>("gen_ai.token.type", "input"));
        _tokens.Add(answer.OutputTokens, new KeyValuePair<string, object?>("gen_ai.token.type", "output"));
    }

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

    private static InstrumentAdvice<double> Bounds(params double[] bounds) => new() { HistogramBucketBoundaries = bounds };

    public void Dispose() => _meter.Dispose();
}

/// <summary>What is measured of an answer.</summary>
/// <param name="Source">model, cache, curated or fallback.</param>
/// <param name="FirstSeconds">From the arrival to the first piece; null where the student was not asked.</param>
internal sealed record ServedAnswer(string Model, string Source, double TotalSeconds, double? FirstSeconds, long InputTokens,
    long OutputTokens);
