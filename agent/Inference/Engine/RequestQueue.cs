namespace EdgeAgent.Inference.Engine;

/// <summary>
/// Where requests wait for a row: admits them, hands them out in a fair order, withdraws what can no longer be served in time, and keeps
/// the measurements that this takes. Decides nothing itself (<see cref="AdmissionPolicy"/>, <see cref="FairQueue"/>). Safe for
/// concurrent use.
/// </summary>
internal sealed class RequestQueue(int rows, int maxChunk, EngineOptions options, TimeProvider clock)
{
    /// <summary>A request may come before those of a client that holds so many times as much, even if they are withdrawn.</summary>
    private const double MuchMore = 2;

    private const int ReplayRest = 3, MaxRefused = 1000;
    private static readonly TimeSpan RefusalMemory = TimeSpan.FromSeconds(1);
    private const double StretchWeight = 0.02, MaxStretch = 20;

    private readonly Lock _lock = new();
    private readonly FairQueue _waiting = new(options.SafetyShare);
    private readonly ClientShares _shares = new(clock);
    private readonly Dictionary<string, int> _running = new(StringComparer.Ordinal); // rows by client
    private readonly List<Row> _rows = []; // in use
    private readonly CostCurve _step = new(clock, rows), _chunk = new(clock, maxChunk);
    private readonly AnswerLengths _lengths = new();
    private readonly Dictionary<string, long> _refused = new(StringComparer.Ordinal); // when, by client
    private long _waitingBytes, _replayedAt;
    private TimeSpan _replayTime;
    private double _stretch = 1;

    public EngineLoad Load
    {
        get
        {
            lock (_lock)
                return new EngineLoad(rows, _rows.Count, _waiting.Count, _waiting.PromptTokens + _rows.Sum(r => (long)r.RemainingPrompt),
                    _step.Seconds(Math.Max(1, _rows.Count)));
        }
    }

    public bool IsEmpty
    {
        get { lock (_lock) return _waiting.Count == 0; }
    }

    /// <summary>Takes a request into the queue.</summary>
    /// <exception cref="EngineBusyException">A bound is reached, or the deadline cannot be met.</exception>
    public void Add(Generation generation)
    {
        var request = generation.Request;
        lock (_lock)
        {
            Bound(request);
            Throttle(request.Client);
            generation.Cost = request.Prompt.Length - generation.Cached + (int)Answer(request).Mean;
            _waiting.Add(generation);
            var start = clock.GetTimestamp();
            var refusal = AdmissionPolicy.Refuse(Facts(generation));
            (_replayedAt, _replayTime) = (clock.GetTimestamp(), clock.GetElapsedTime(start));
            if (refusal is { } later)
            {
                _waiting.Remove(generation);
                _refused[request.Client] = _replayedAt;
                throw new EngineBusyException(later);
            }
            _refused.Remove(request.Client);
            _waitingBytes += EngineOptions.WaitingBytes(request.Prompt.Length);
        }
    }

    /// <summary>Takes out a request that has no row; false when it does not wait.</summary>
    public bool Remove(Generation generation)
    {
        lock (_lock) return Forget(generation);
    }

    /// <summary>The next request for a free row; null when none may have it.</summary>
    /// <param name="begin">Makes its row.</param>
    public Row? Take(Func<Generation, Row> begin)
    {
        lock (_lock)
        {
            if (_waiting.Take(MayServe) is not { } next) return null;
            _waitingBytes -= EngineOptions.WaitingBytes(next.Request.Prompt.Length);
            var row = begin(next);
            _rows.Add(row);
            _running[next.Request.Client] = _running.GetValueOrDefault(next.Request.Client) + 1;
            return row;
        }
    }

    /// <summary>Notes that a row's answer has ended.</summary>
    /// <param name="finish">Null where it says nothing about how long answers are.</param>
    public void Ended(Row row, FinishReason? finish)
    {
        lock (_lock)
        {
            if (!_rows.Remove(row)) return;
            var client = row.Request.Client;
            if (--_running[client] == 0) _running.Remove(client);
            _shares.Add(client, Rates().EngineSeconds(
                new RequestWork(row.Length - row.Answered - row.CachedBlocks * PrefixCache.BlockTokens, row.Answered, 0)));
            if (finish is FinishReason.Stop or FinishReason.Length) _lengths.Add(row.Answered, finish == FinishReason.Length);
        }
    }

    /// <summary>Notes what a decode step took.</summary>
    public void Stepped(int count, TimeSpan elapsed)
    {
        lock (_lock) _step.Add(count, elapsed.TotalSeconds);
    }

    /// <summary>Notes how many times as long a step took with the prefill in it.</summary>
    public void Stretched(double times)
    {
        lock (_lock) _stretch += StretchWeight * (Math.Min(times, MaxStretch) - _stretch);
    }

    /// <summary>Notes what a prefill chunk took.</summary>
    public void Prefilled(int tokens, TimeSpan elapsed)
    {
        lock (_lock) _chunk.Add(tokens, elapsed.TotalSeconds);
    }

    /// <summary>What the next prefill of a step may take.</summary>
    /// <param name="decoding">Rows that decode.</param>
    public PrefillPace Pace(Row row, int decoding)
    {
        lock (_lock)
        {
            if (decoding == 0 || !options.IsPaced) return PrefillPace.Free;
            var left = Remaining(row.Request)?.TotalSeconds;
            return new PrefillPace(StepPlanner.PrefillSeconds(_step.Seconds(decoding), _waiting.Count,
                row.RemainingPrompt * _chunk.SecondsEach, left), _chunk);
        }
    }

    /// <summary>
    /// Takes out what can no longer be answered in time and would keep others from it: requests without a row, whose turn comes too
    /// late; and rows that would run into their deadline, while others wait.
    /// </summary>
    public (List<Generation> Waiting, List<Row> Rows) Withdraw()
    {
        lock (_lock)
        {
            List<Generation> late = [];
            List<Row> hopeless = [];
            // with every row free the first one is served whatever was estimated: only steps correct a wrong estimate
            if (_waiting.Count == 0 || _rows.Count == 0) return (late, hopeless);
            var rates = Rates();
            var forecast = new ServiceForecast(rates);
            foreach (var row in _rows)
            {
                var least = row.RemainingPrompt * rates.PromptSeconds
                    + _lengths.Left(row.Answered, row.MaxTokens).Least * rates.StepSeconds(_rows.Count);
                if (Remaining(row.Request) is { } left && least > left.TotalSeconds) hopeless.Add(row);
                else forecast.Running(Left(row));
            }
            foreach (var generation in _waiting.InOrder())
            {
                var work = Work(generation);
                if (Remaining(generation.Request) is { } left && forecast.WouldEnd(work) > left.TotalSeconds) late.Add(generation);
                else forecast.Start(work);
            }
            late.RemoveAll(g => !Forget(g));
            return (late, hopeless);
        }
    }

    /// <summary>Empties the queue; returns what waited.</summary>
    public List<Generation> Clear()
    {
        lock (_lock)
        {
            List<Generation> all = [.. _waiting.InOrder()];
            all.ForEach(g => Forget(g));
            return all;
        }
    }

    /// <summary>Requests that have a row.</summary>
    public List<Generation> Running()
    {
        lock (_lock) return [.. _rows.Select(r => r.Generation)];
    }

    /// <summary>Seconds after which a withdrawn request may be asked again: the time until a row is free.</summary>
    public TimeSpan RetryAfter
    {
        get { lock (_lock) return AdmissionPolicy.Later(_step.Seconds(rows) * _lengths.Expected(AnswerLengths.Usual).Mean); }
    }

    private bool Forget(Generation generation)
    {
        if (!_waiting.Remove(generation)) return false;
        _waitingBytes -= EngineOptions.WaitingBytes(generation.Request.Prompt.Length);
        return true;
    }

    private void Bound(GenerationRequest request)
    {
        var own = _running.GetValueOrDefault(request.Client) + _waiting.CountOf(request.Client);
        if (options.MaxPerClient > 0 && own >= options.MaxPerClient)
            throw new EngineBusyException(RetryAfter, $"{own} queries of this client wait or run already, the most allowed");
        if (_rows.Count + _waiting.Count >= rows + options.MaxWaiting
            || _waitingBytes + EngineOptions.WaitingBytes(request.Prompt.Length) > options.MaxWaitingBytes && _waiting.Count > 0)
            throw new EngineBusyException(RetryAfter);
    }

    /// <summary>
    /// A client that holds half of the rows does not get the last free one while others were about lately: they find a row at once.
    /// </summary>
    private bool MayServe(string client) => _rows.Count < rows - 1 || 2 * _running.GetValueOrDefault(client) < rows
        || !_shares.HasOthers(client);

    private AdmissionFacts Facts(Generation generation)
    {
        var (rates, held) = (Rates(), new Dictionary<string, double>(StringComparer.Ordinal));
        List<RequestWork> running = [], ahead = [];
        List<(Generation Generation, RequestWork Work)> behind = [];
        void Hold(GenerationRequest request, RequestWork work) =>
            held[request.Client] = held.GetValueOrDefault(request.Client) + rates.EngineSeconds(work);
        foreach (var row in _rows)
        {
            running.Add(Left(row));
            Hold(row.Request, running[^1]);
        }
        var (own, isAhead) = (default(RequestWork), true);
        foreach (var other in _waiting.InOrder())
        {
            isAhead &= other != generation;
            var work = Work(other);
            Hold(other.Request, work);
            if (!isAhead)
            {
                if (other != generation) behind.Add((other, work));
                continue;
            }
            ahead.Add(work);
            if (other.Request.Client == generation.Request.Client)
                own = own with { Prompt = own.Prompt + work.Prompt, Answer = own.Answer + work.Answer };
        }
        return new AdmissionFacts(rates, running, ahead, Work(generation),
            generation.Request.Sampling.IgnoreEos ? generation.Request.MaxTokens : _lengths.Longest(generation.Request.MaxTokens))
        {
            OwnAhead = own,
            // whoever holds much more than this client has taken what is this one's
            Behind = behind.Select(b => (b.Work, held[b.Generation.Request.Client] > MuchMore * held[generation.Request.Client]
                ? double.PositiveInfinity : Remaining(b.Generation.Request)?.TotalSeconds ?? double.PositiveInfinity)),
            Share = _shares.Guaranteed(generation.Request.Client, held),
            Remaining = Remaining(generation.Request),
        };
    }

    /// <summary>
    /// In a flood, replaying a long queue for each question would cost the steps their time: a client that was just refused is refused
    /// again without it, until three quarters of the time have been left to the steps. Others are not held up.
    /// </summary>
    private void Throttle(string client)
    {
        if (_refused.Count == 0) return;
        if (_refused.Count > MaxRefused) _refused.Clear();
        if (_refused.TryGetValue(client, out var at) && clock.GetElapsedTime(at) < RefusalMemory
            && clock.GetElapsedTime(_replayedAt) < ReplayRest * _replayTime) throw new EngineBusyException(RetryAfter);
    }

    private ServiceRates Rates()
    {
        var seconds = new double[rows + 1]; // looked up many times in one replay
        return new ServiceRates(rows, n => seconds[n] > 0 ? seconds[n] : seconds[n] = _step.Seconds(n), _chunk.SecondsEach)
        {
            Stretch = _stretch,
        };
    }

    private RequestWork Work(Generation generation)
    {
        var (mean, deviation) = Answer(generation.Request);
        return new RequestWork(generation.Request.Prompt.Length - generation.Cached, mean, deviation);
    }

    private RequestWork Left(Row row)
    {
        var (mean, deviation) = Answer(row.Request);
        return new RequestWork(row.RemainingPrompt,
            row.Request.Sampling.IgnoreEos ? row.MaxTokens - row.Answered : _lengths.Left(row.Answered, row.MaxTokens).Mean,
            row.Answered > mean ? 0 : deviation);
    }

    private (double Mean, double Deviation) Answer(GenerationRequest request) =>
        request.Sampling.IgnoreEos ? (request.MaxTokens, 0) : _lengths.Expected(request.MaxTokens);

    private TimeSpan? Remaining(GenerationRequest request) =>
        request.Deadline == long.MaxValue ? null : clock.GetElapsedTime(clock.GetTimestamp(), request.Deadline);
}
