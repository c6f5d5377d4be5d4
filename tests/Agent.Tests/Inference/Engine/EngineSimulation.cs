using System.Text;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Inference.Tokenization;
using EdgeAgent.Tests.Bundles;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Inference.Engine;

/// <summary>A question of a simulated day.</summary>
/// <param name="At">Seconds from the start.</param>
/// <param name="Answer">Tokens of its answer, below 256; hidden from the engine.</param>
/// <param name="Patience">Seconds until its deadline; infinite without one.</param>
internal sealed record Arrival(double At, string Client, int Prompt, int Answer, double Patience = double.PositiveInfinity)
{
    public RequestPriority Priority { get; init; }
    public int MaxTokens { get; init; } = 192;
}

internal enum Ending { Answered, Late, Withdrawn, Refused }

/// <summary>What became of a question.</summary>
/// <param name="Seconds">From arrival to end.</param>
internal sealed record Served(Arrival Arrival, Ending Ending, double Seconds);

/// <summary>
/// The engine's parts on one thread, in virtual time: questions arrive at their times whatever the engine does, and the clock moves only in
/// the decoder. The same questions give the same outcome, always.
/// </summary>
internal sealed class EngineSimulation
{
    private static readonly Tokenizer Tokens = TokenizerFile.Parse("t", Encoding.UTF8.GetBytes(TinyStudent.TokenizerJson()));

    private readonly FakeTimeProvider _clock = new();
    private readonly RequestQueue _queue;
    private readonly AnswerPublisher _publisher = new(Tokens);
    private readonly Batch _batch;
    private readonly long _start;
    private readonly List<(Arrival Arrival, Generation Generation, List<double> Tokens)> _running = [];
    private readonly List<Served> _served = [];

    public EngineSimulation(DeviceShape shape, int rows = 8, EngineOptions? options = null)
    {
        options ??= new EngineOptions();
        Decoder = new SimulatedDecoder(rows, shape, _clock);
        _queue = new RequestQueue(rows, Decoder.MaxChunk, options, _clock);
        _batch = new Batch(new EngineParts(Decoder, [SimulatedDecoder.Eos], _queue, _publisher, new PrefixRows(Decoder, "", 0)), options,
            _clock, NullLogger.Instance);
        _start = _clock.GetTimestamp();
    }

    public SimulatedDecoder Decoder { get; }

    /// <summary>Seconds between the tokens of each answer, by its client.</summary>
    public Dictionary<string, List<double>> Gaps { get; } = [];

    private double Now => _clock.GetElapsedTime(_start).TotalSeconds;

    /// <summary>Runs until every question has its end.</summary>
    public List<Served> Run(IEnumerable<Arrival> arrivals)
    {
        var left = new Queue<Arrival>(arrivals.OrderBy(a => a.At));
        while (left.Count > 0 || _running.Count > 0)
        {
            if (_batch.IsIdle && left.Count > 0 && left.Peek().At > Now)
                _clock.Advance(TimeSpan.FromSeconds(left.Peek().At - Now) + new TimeSpan(1));
            while (left.TryPeek(out var next) && next.At <= Now) Submit(left.Dequeue());
            if (!_batch.IsIdle) _batch.Step();
            _publisher.Publish();
            _running.RemoveAll(HasEnded);
        }
        return _served;
    }

    private void Submit(Arrival arrival)
    {
        int[] prompt = [arrival.Answer, .. Enumerable.Repeat(1, arrival.Prompt - 1)];
        var request = new GenerationRequest(prompt, new SamplingOptions { MaxTokens = arrival.MaxTokens },
            double.IsInfinity(arrival.Patience) ? long.MaxValue
                : _start + (long)((arrival.At + arrival.Patience) * _clock.TimestampFrequency))
        { Client = arrival.Client, Priority = arrival.Priority };
        var generation = new Generation(request, Cancel);
        try
        {
            _queue.Add(generation);
            _running.Add((arrival, generation, []));
        }
        catch (EngineBusyException)
        {
            _served.Add(new Served(arrival, Ending.Refused, Now - arrival.At));
        }
    }

    private void Cancel(Generation generation)
    {
        if (_queue.Remove(generation)) _publisher.Add(StepResult.Unserved(generation, FinishReason.Cancelled, null));
    }

    private bool HasEnded((Arrival Arrival, Generation Generation, List<double> Tokens) query)
    {
        var (arrival, generation, tokens) = query;
        while (generation.Events.TryRead(out var e))
        {
            if (e.Id >= 0) tokens.Add(Now);
            if (e.Finish is not { } finish) continue;
            Assert.NotEqual(FinishReason.Failed, finish);
            var seconds = Now - arrival.At;
            _served.Add(new Served(arrival, finish == FinishReason.Refused ? Ending.Withdrawn
                : finish == FinishReason.Cancelled || seconds > arrival.Patience ? Ending.Late : Ending.Answered, seconds));
            if (!Gaps.TryGetValue(arrival.Client, out var gaps)) Gaps[arrival.Client] = gaps = [];
            for (var i = 1; i < tokens.Count; i++) gaps.Add(tokens[i] - tokens[i - 1]);
            return true;
        }
        if (Now - arrival.At > arrival.Patience) generation.Cancel(); // as its asker does
        return false;
    }
}
