using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Sampling;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Inference.Engine;

/// <summary>
/// The rows that are decoded together, and one step of them. Rows 0..n-1 decode, row n (if any) is being prefilled; when a row leaves,
/// the last one takes its place, so that the batch stays compact. A failing step fails the rows in it and nothing else. For one thread.
/// </summary>
internal sealed partial class Batch
{
    /// <summary>Time between two searches for requests that can no longer be served in time.</summary>
    private static readonly TimeSpan WithdrawInterval = TimeSpan.FromMilliseconds(250);

    private readonly IDecoder _decoder;
    private readonly HashSet<int> _eos;
    private readonly RequestQueue _queue;
    private readonly AnswerPublisher _publisher;
    private readonly PrefixRows _prefixes;
    private readonly EngineOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly List<Row> _decoding = [];
    private readonly int[] _ids, _positions; // [rows], one token and its position for each decoding row
    private Row? _prefilling;
    private long _withdrawnAt;
    private long _steps, _ticks, _decoderTicks;

    public Batch(EngineParts parts, EngineOptions options, TimeProvider clock, ILogger logger)
    {
        (_decoder, _eos, _queue, _publisher, _prefixes) = (parts.Decoder, parts.Eos, parts.Queue, parts.Publisher, parts.Prefixes);
        (_options, _clock, _logger) = (options, clock, logger);
        _ids = new int[_decoder.Rows];
        _positions = new int[_decoder.Rows];
        _withdrawnAt = clock.GetTimestamp();
    }

    /// <summary>Steps begun; grows while the engine makes progress.</summary>
    public long Steps => Interlocked.Read(ref _steps);

    public StepTimes Times => new(Steps, Seconds(ref _ticks), Seconds(ref _decoderTicks));

    /// <summary>
    /// No row is in use and no request waits. A step can end with requests waiting and every row free, when its token budget is spent.
    /// </summary>
    public bool IsIdle => _decoding.Count == 0 && _prefilling is null && _queue.IsEmpty;

    /// <summary>Decodes a token on every row, then prefills within the step's budget. What came of it is with the publisher.</summary>
    public void Step()
    {
        Interlocked.Increment(ref _steps);
        var start = _clock.GetTimestamp();
        DropEnded();
        WithdrawLate();
        var decode = _decoding.Count > 0 ? Decode() : 0;
        Prefill();
        if (decode > 0) _queue.Stretched(_clock.GetElapsedTime(start).TotalSeconds / decode);
        Interlocked.Add(ref _ticks, _clock.GetTimestamp() - start);
    }

    /// <summary>Ends every answer that has a row.</summary>
    public void FailAll(string error)
    {
        foreach (var row in _decoding.Where(r => !r.IsDone)) End(row, FinishReason.Failed, error);
        _decoding.Clear();
        if (_prefilling is { IsDone: false } prefilling) End(prefilling, FinishReason.Failed, error);
        _prefilling = null;
    }

    /// <returns>Seconds it took.</returns>
    private double Decode()
    {
        var rows = _decoding.Count;
        for (var i = 0; i < rows; i++) (_ids[i], _positions[i]) = (_decoding[i].Last, _decoding[i].Length);
        var start = _clock.GetTimestamp();
        var logits = _decoder.Decode(_ids.AsSpan(0, rows), _positions.AsSpan(0, rows));
        var elapsed = InDecoder(start);
        for (var i = 0; i < rows; i++)
        {
            var row = _decoding[i];
            row.Length++;
            row.Inference += elapsed;
            Publish(row, Accept(row, logits.Slice(i * _decoder.Vocabulary, _decoder.Vocabulary)));
        }
        _publisher.Wake();
        var seconds = _clock.GetElapsedTime(start);
        _queue.Stepped(rows, seconds);
        for (var i = rows - 1; i >= 0; i--)
            if (_decoding[i].IsDone) Remove(i);
        return seconds.TotalSeconds;
    }

    private void Prefill()
    {
        var (start, decoding, isFirst) = (_clock.GetTimestamp(), _decoding.Count, true);
        var budget = StepPlanner.PrefillBudget(_options.TokenBudget, decoding, _decoder.MaxChunk);
        while (budget > 0 && NextPrefill() is { } row)
        {
            var spent = _clock.GetElapsedTime(start).TotalSeconds;
            var pace = _queue.Pace(row, decoding);
            if (!isFirst && spent > pace.Seconds) return;
            if (_prefixes.Restore(row, _decoding.Count))
            {
                isFirst = false;
                continue;
            }
            var chunk = pace.Tokens(spent, StepPlanner.NextChunk(row.RemainingPrompt, _decoder.MaxChunk, budget), isFirst);
            if (chunk == 0) return;
            PrefillChunk(row, chunk);
            if (_prefilling is not null) return; // a second, smaller chunk of the same prompt costs more than one in the next step
            (budget, isFirst) = (budget - chunk, false);
        }
    }

    private void PrefillChunk(Row row, int count)
    {
        var (start, at) = (_clock.GetTimestamp(), _decoding.Count);
        ReadOnlySpan<float> logits;
        try
        {
            logits = _decoder.Prefill(at, row.Prompt.AsSpan(row.Length, count), row.Length);
        }
        catch (Exception e) // a prompt that fails ends its own row only
        {
            StepFailed(_logger, e);
            DropPrefilling(row, FinishReason.Failed, e.Message);
            return;
        }
        var elapsed = InDecoder(start);
        _queue.Prefilled(count, elapsed);
        row.Inference += elapsed;
        row.Length += count;
        if (row.RemainingPrompt == 0)
        {
            _prefilling = null;
            row.Sampler.See(row.Prompt);
            Publish(row, Accept(row, logits));
            _publisher.Wake();
            if (!row.IsDone) _decoding.Add(row);
        }
        _prefixes.Keep(row, at, count);
    }

    private TimeSpan InDecoder(long start)
    {
        var end = _clock.GetTimestamp();
        Interlocked.Add(ref _decoderTicks, end - start);
        return _clock.GetElapsedTime(start, end);
    }

    /// <summary>
    /// The row's next token. Logits that are no numbers end this answer as failed, a form that no token continues as unspellable; no other
    /// answer ends.
    /// </summary>
    private StepResult Accept(Row row, ReadOnlySpan<float> logits)
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
            return row.End(FinishReason.Unspellable, e.Message);
        }
    }

    private void End(Row row, FinishReason reason, string? error) => Publish(row, row.End(reason, error));

    /// <summary>Whoever sees the end of an answer finds its row free: it may ask at once.</summary>
    private void Publish(Row row, in StepResult result)
    {
        if (row.Finish is { } finish) _queue.Ended(row, finish);
        _publisher.Add(result);
    }

    /// <summary>The row being prefilled, or a free row with the next waiting request; null when there is neither.</summary>
    private Row? NextPrefill() => _prefilling ??= _decoding.Count >= _decoder.Rows ? null
        : _queue.Take(g => new Row(g, _decoder.Context) { CachedBlocks = _prefixes.Match(g) });

    /// <summary>Frees the rows whose asker has gone, and those whose text has met a stop string.</summary>
    private void DropEnded()
    {
        if (_decoding.Exists(r => r.IsAheadOfItsText)) _publisher.Publish();
        if (_prefilling is { Generation.IsCancelled: true } row) DropPrefilling(row, FinishReason.Cancelled, null);
        for (var i = _decoding.Count - 1; i >= 0; i--)
        {
            var generation = _decoding[i].Generation;
            if (generation.HasEnded) _queue.Ended(_decoding[i], FinishReason.Stop);
            else if (generation.IsCancelled) End(_decoding[i], FinishReason.Cancelled, null);
            else continue;
            Remove(i);
        }
    }

    private void WithdrawLate()
    {
        if (_clock.GetElapsedTime(_withdrawnAt) < WithdrawInterval) return;
        _withdrawnAt = _clock.GetTimestamp();
        var (waiting, rows) = _queue.Withdraw();
        foreach (var generation in waiting) _publisher.Add(StepResult.Unserved(generation, FinishReason.Refused, null));
        if (_prefilling is { } row && rows.Contains(row)) DropPrefilling(row, FinishReason.Refused, null);
        for (var i = _decoding.Count - 1; i >= 0; i--)
        {
            if (!rows.Contains(_decoding[i])) continue;
            End(_decoding[i], FinishReason.Refused, null);
            Remove(i);
        }
    }

    private void DropPrefilling(Row row, FinishReason reason, string? error)
    {
        _prefilling = null;
        End(row, reason, error);
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

    private double Seconds(ref long ticks) => Interlocked.Read(ref ticks) / (double)_clock.TimestampFrequency;

    [LoggerMessage(Level = LogLevel.Error, Message = "A decode step failed")]
    private static partial void StepFailed(ILogger logger, Exception e);
}
