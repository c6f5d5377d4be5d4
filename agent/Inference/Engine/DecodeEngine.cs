using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Inference.Tokenization;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Inference.Engine;

/// <summary>
/// The batching decode loop: one thread steps the decoder; requests join and leave between steps. Rows 0..n-1 decode, row n
/// (if any) is being prefilled; when a row leaves, the last one takes its place, so that the batch stays compact.
/// A failing step fails the rows in it and nothing else.
/// </summary>
internal sealed partial class DecodeEngine : IDisposable
{
    private const double Smoothing = 0.2; // weight of a new answer in the average length

    private readonly IDecoder _decoder;
    private readonly Tokenizer _tokenizer;
    private readonly HashSet<int> _eos;
    private readonly EngineOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private readonly Lock _lock = new();
    private readonly AutoResetEvent _work = new(false);
    private readonly PriorityQueue<Generation, (long Deadline, long Order)> _waiting = new();
    private readonly HashSet<Generation> _unfinished = [];
    private readonly List<Row> _decoding = [];
    private readonly int[] _ids, _positions; // [rows], one token and its position for each decoding row
    private Row? _prefilling;
    private long _order;
    private volatile bool _stopping;
    private Action? _stopped;
    private int _waitingPrompt;
    private readonly StepEstimate _promptToken, _step; // seconds; under the lock
    private double _answerTokens = 32;
    private int _active;
    private long _steps;

    public DecodeEngine(IDecoder decoder, Tokenizer tokenizer, IEnumerable<int> eos, EngineOptions options, TimeProvider clock,
        ILogger logger)
    {
        (_decoder, _tokenizer, _eos, _options, _clock, _logger) = (decoder, tokenizer, [.. eos], options, clock, logger);
        (_promptToken, _step) = (new StepEstimate(clock), new StepEstimate(clock));
        _ids = new int[decoder.Rows];
        _positions = new int[decoder.Rows];
        _thread = new Thread(Loop) { IsBackground = true, Name = "decode" };
        _thread.Start();
    }

    public int Context => _decoder.Context;

    /// <summary>Steps taken since the start; grows while the engine makes progress.</summary>
    public long Steps => Interlocked.Read(ref _steps);

    public EngineLoad Load
    {
        get
        {
            lock (_lock)
                return new EngineLoad(_decoder.Rows, _active, _waiting.Count, _options.MaxWaiting,
                    _waitingPrompt + (_prefilling?.RemainingPrompt ?? 0), _promptToken.Now > 0 ? 1 / _promptToken.Now : 0, _step.Now,
                    _answerTokens);
        }
    }

    /// <summary>Queues a request.</summary>
    /// <exception cref="PromptTooLongException">No room for an answer.</exception>
    /// <exception cref="EngineBusyException">The queue is full, or the deadline cannot be met.</exception>
    public Generation Submit(GenerationRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Prompt.Length == 0) throw new ArgumentException("the prompt is empty", nameof(request));
        if (request.Prompt.Length >= Context) throw new PromptTooLongException(request.Prompt.Length, Context - 1);
        if (request.Sampling.Problem(Context) is { } problem) throw new ArgumentException(problem, nameof(request));
        var generation = new Generation(request, RemoveWaiting);
        TimeSpan? remaining = request.Deadline == long.MaxValue ? null : _clock.GetElapsedTime(_clock.GetTimestamp(), request.Deadline);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            if (AdmissionPolicy.Refuse(Load, request.Prompt.Length, request.Sampling.MaxTokens + (request.Think?.Tokens ?? 0),
                remaining) is { } later) throw new EngineBusyException(later);
            _waiting.Enqueue(generation, (request.Deadline, _order++));
            _unfinished.Add(generation);
            _waitingPrompt += request.Prompt.Length;
        }
        _work.Set();
        return generation;
    }

    private void Loop()
    {
        while (true)
        {
            if (IsIdle()) _work.WaitOne();
            if (_stopping) break;
            try
            {
                Step();
            }
            catch (Exception e) // the loop's edge: every row must get its end
            {
                StepFailed(_logger, e);
                FailAll(e.Message);
            }
        }
        FailAll("the engine is stopping");
        _stopped?.Invoke();
    }

    /// <summary>
    /// No row is in use and no request waits. A step can end with requests waiting and every row free, when its token budget is spent.
    /// </summary>
    private bool IsIdle()
    {
        if (_decoding.Count > 0 || _prefilling is not null) return false;
        lock (_lock) return _waiting.Count == 0;
    }

    private void Step()
    {
        Interlocked.Increment(ref _steps);
        DropCancelled();
        if (_decoding.Count > 0) DecodeStep();
        var budget = StepPlanner.PrefillBudget(_options.TokenBudget, _decoding.Count);
        while (budget > 0 && NextPrefill() is { } row)
        {
            var chunk = StepPlanner.NextChunk(row.RemainingPrompt, _decoder.MaxChunk, budget);
            PrefillChunk(row, chunk);
            budget -= chunk;
        }
        lock (_lock) _active = _decoding.Count + (_prefilling is null ? 0 : 1);
    }

    private void DecodeStep()
    {
        var rows = _decoding.Count;
        for (var i = 0; i < rows; i++) (_ids[i], _positions[i]) = (_decoding[i].Last, _decoding[i].Length);
        var start = _clock.GetTimestamp();
        var logits = _decoder.Decode(_ids.AsSpan(0, rows), _positions.AsSpan(0, rows));
        var elapsed = _clock.GetElapsedTime(start);
        lock (_lock) _step.Add(elapsed.TotalSeconds);
        for (var i = 0; i < rows; i++)
        {
            var row = _decoding[i];
            row.Length++;
            row.Inference += elapsed;
            Emit(row, Accept(row, logits.Slice(i * _decoder.Vocabulary, _decoder.Vocabulary)));
        }
        for (var i = rows - 1; i >= 0; i--)
            if (_decoding[i].IsDone) Remove(i);
    }

    private void PrefillChunk(Row row, int count)
    {
        var start = _clock.GetTimestamp();
        ReadOnlySpan<float> logits;
        try
        {
            logits = _decoder.Prefill(_decoding.Count, row.Prompt.AsSpan(row.Length, count), row.Length);
        }
        catch (Exception e) // a prompt that fails ends its own row only
        {
            StepFailed(_logger, e);
            _prefilling = null;
            Finish(row, FinishReason.Failed, e.Message);
            return;
        }
        var elapsed = _clock.GetElapsedTime(start);
        lock (_lock) _promptToken.Add(elapsed.TotalSeconds / count);
        row.Inference += elapsed;
        row.Length += count;
        if (row.RemainingPrompt > 0) return;
        _prefilling = null;
        row.Sampler.See(row.Prompt);
        Emit(row, Accept(row, logits));
        if (!row.IsDone) _decoding.Add(row);
    }

    /// <summary>
    /// The row's next token. Logits that are no numbers end this answer as failed, a form that no token continues as refused; no other
    /// answer ends.
    /// </summary>
    private GenerationEvent Accept(Row row, ReadOnlySpan<float> logits)
    {
        try
        {
            return row.Accept(logits, _eos);
        }
        catch (LogitsException e)
        {
            StepFailed(_logger, e);
            return row.End(FinishReason.Failed, e.Message);
        }
        catch (NoTokenException e)
        {
            return row.End(FinishReason.Refused, e.Message);
        }
    }

    private void Finish(Row row, FinishReason reason, string? error) => Emit(row, row.End(reason, error));

    private void Emit(Row row, GenerationEvent e)
    {
        if (e.Finish is FinishReason.Stop or FinishReason.Length) _answerTokens = Smooth(_answerTokens, row.Answered);
        if (e.Finish is null) row.Generation.Emit(e);
        else End(row.Generation, e);
    }

    private void End(Generation generation, GenerationEvent last)
    {
        lock (_lock) _unfinished.Remove(generation);
        generation.Emit(last);
    }

    /// <summary>The row being prefilled, or a free row with the next waiting request; null when there is neither.</summary>
    private Row? NextPrefill()
    {
        if (_prefilling is not null) return _prefilling;
        if (_decoding.Count >= _decoder.Rows) return null;
        lock (_lock)
        {
            if (!_waiting.TryDequeue(out var next, out _)) return null;
            _waitingPrompt -= next.Request.Prompt.Length;
            _active = _decoding.Count + 1;
            return _prefilling = new Row(next, _tokenizer, _decoder.Context);
        }
    }

    /// <summary>Ends a cancelled request that has no row yet.</summary>
    private void RemoveWaiting(Generation generation)
    {
        lock (_lock)
        {
            if (!_waiting.Remove(generation, out _, out _)) return;
            _waitingPrompt -= generation.Request.Prompt.Length;
        }
        End(generation, new GenerationEvent("", -1, 0, TimeSpan.Zero, FinishReason.Cancelled, null));
    }

    private void DropCancelled()
    {
        if (_prefilling is { Generation.IsCancelled: true } row)
        {
            _prefilling = null;
            Finish(row, FinishReason.Cancelled, null);
        }
        for (var i = _decoding.Count - 1; i >= 0; i--)
        {
            if (!_decoding[i].Generation.IsCancelled) continue;
            Finish(_decoding[i], FinishReason.Cancelled, null);
            Remove(i);
        }
    }

    /// <summary>Frees row i: the last decoding row takes its place, and the row being prefilled moves down by one.</summary>
    private void Remove(int i)
    {
        var last = _decoding.Count - 1;
        _decoder.CopyRow(last, i, _decoding[last].Length);
        _decoding[i] = _decoding[last];
        _decoding.RemoveAt(last);
        if (_prefilling is { } row) _decoder.CopyRow(last + 1, last, row.Length);
    }

    private void FailAll(string error)
    {
        foreach (var row in _decoding.Where(r => !r.IsDone)) Finish(row, FinishReason.Failed, error);
        _decoding.Clear();
        if (_prefilling is { IsDone: false } prefilling) Finish(prefilling, FinishReason.Failed, error);
        _prefilling = null;
        lock (_lock)
        {
            _active = 0;
            if (!_stopping) return;
            while (_waiting.TryDequeue(out var next, out _))
                End(next, new GenerationEvent("", -1, 0, TimeSpan.Zero, FinishReason.Failed, error));
            _waitingPrompt = 0;
        }
    }

    /// <summary>
    /// Stops the loop: new requests are refused, running and waiting ones end as failed. A step that hangs is waited for no longer
    /// than the timeout; if it ever returns, the loop ends then.
    /// </summary>
    /// <param name="stopped">Runs on the loop's thread when the loop has ended.</param>
    /// <returns>Whether the loop has ended.</returns>
    public bool Stop(string why, TimeSpan timeout, Action stopped)
    {
        lock (_lock)
        {
            if (_stopping) return true;
            (_stopping, _stopped) = (true, stopped);
        }
        _work.Set();
        if (_thread.Join(timeout)) return true;
        List<Generation> unfinished;
        lock (_lock)
        {
            unfinished = [.. _unfinished];
            _unfinished.Clear();
            _waiting.Clear();
        }
        foreach (var generation in unfinished) generation.Emit(new GenerationEvent("", -1, 0, TimeSpan.Zero, FinishReason.Failed, why));
        return false;
    }

    private static double Smooth(double average, double value) => average == 0 ? value : average + Smoothing * (value - average);

    [LoggerMessage(Level = LogLevel.Error, Message = "A decode step failed")]
    private static partial void StepFailed(ILogger logger, Exception e);

    /// <summary>Stops the loop and waits for its end; running and waiting requests end as failed.</summary>
    public void Dispose()
    {
        if (Stop("the engine is stopping", Timeout.InfiniteTimeSpan, () => { })) _work.Dispose();
    }
}
