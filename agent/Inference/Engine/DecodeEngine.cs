using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Tokenization;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Inference.Engine;

/// <summary>What an engine is made of.</summary>
internal sealed record EngineParts(IDecoder Decoder, HashSet<int> Eos, RequestQueue Queue, AnswerPublisher Publisher, PrefixRows Prefixes);

/// <summary>
/// The batching decode loop: one thread steps the batch (<see cref="Batch"/>); requests join and leave between steps. Admission, order and
/// bounds are the queue's (<see cref="RequestQueue"/>), text is the publisher's (<see cref="AnswerPublisher"/>).
/// </summary>
internal sealed partial class DecodeEngine : IDisposable
{
    private const string Stopping = "the engine is stopping";

    private readonly EngineParts _parts;
    private readonly Batch _batch;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private readonly Lock _lock = new();
    private readonly AutoResetEvent _work = new(false);
    private volatile bool _stopping;
    private Action? _stopped;
    private long _rounds;

    /// <param name="student">Digest of the student's weights: prefixes are kept under it. Empty keeps none.</param>
    public DecodeEngine(IDecoder decoder, Tokenizer tokenizer, IEnumerable<int> eos, EngineOptions options, TimeProvider clock,
        ILogger logger, string student = "")
    {
        _logger = logger;
        _parts = new EngineParts(decoder, [.. eos], new RequestQueue(decoder.Rows, decoder.MaxChunk, options, clock),
            new AnswerPublisher(tokenizer), new PrefixRows(decoder, student, options.PrefixBytes));
        _batch = new Batch(_parts, options, clock, logger);
        _thread = new Thread(Loop) { IsBackground = true, Name = "decode" };
        _thread.Start();
    }

    public int Context => _parts.Decoder.Context;

    /// <summary>Steps begun since the start; grows while the engine makes progress.</summary>
    public long Steps => _batch.Steps;

    /// <summary>Rounds of the loop, those without a step included; grows while it lives.</summary>
    public long Rounds => Interlocked.Read(ref _rounds);

    /// <summary>Makes an idle loop go round once, to show that it lives.</summary>
    public void Ask()
    {
        lock (_lock)
            if (!_stopping) _work.Set();
    }

    /// <summary>How long they took.</summary>
    public StepTimes Times => _batch.Times;

    public EngineLoad Load => _parts.Queue.Load;

    /// <summary>Prompt prefixes that are kept.</summary>
    public PrefixRows Prefixes => _parts.Prefixes;

    /// <summary>Queues a request.</summary>
    /// <exception cref="PromptTooLongException">No room for an answer.</exception>
    /// <exception cref="EngineBusyException">The queue is full, or the deadline cannot be met.</exception>
    public Generation Submit(GenerationRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Prompt.Length == 0) throw new ArgumentException("the prompt is empty", nameof(request));
        if (request.Prompt.Length >= Context) throw new PromptTooLongException(request.Prompt.Length, Context - 1);
        if (request.Sampling.Problem(Context) is { } problem) throw new ArgumentException(problem, nameof(request));
        var keys = _parts.Prefixes.Keys(request);
        var generation = new Generation(request, RemoveWaiting)
        {
            PrefixKeys = keys,
            Cached = _parts.Prefixes.Match(keys, request.Client) * PrefixCache.BlockTokens,
        };
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            _parts.Queue.Add(generation);
        }
        _work.Set();
        return generation;
    }

    /// <summary>When to ask again what was refused or withdrawn now.</summary>
    public TimeSpan RetryAfter => _parts.Queue.RetryAfter;

    private void Loop()
    {
        while (true)
        {
            if (_batch.IsIdle) _work.WaitOne();
            Interlocked.Increment(ref _rounds);
            if (_stopping) break;
            if (_batch.IsIdle) continue; // asked for a sign of life
            try
            {
                _batch.Step();
            }
            catch (Exception e) // the loop's edge: every row must get its end
            {
                StepFailed(_logger, e);
                _batch.FailAll(e.Message);
            }
            _parts.Publisher.Wake();
        }
        _batch.FailAll(Stopping);
        Fail(_parts.Queue.Clear(), Stopping);
        _stopped?.Invoke();
        _parts.Prefixes.Dispose();
    }

    /// <summary>Ends a cancelled request that has no row yet.</summary>
    private void RemoveWaiting(Generation generation)
    {
        if (!_parts.Queue.Remove(generation)) return;
        _parts.Publisher.Add(StepResult.Unserved(generation, FinishReason.Cancelled, null));
        _parts.Publisher.Publish();
    }

    private void Fail(IEnumerable<Generation> generations, string why)
    {
        foreach (var generation in generations) _parts.Publisher.Add(StepResult.Unserved(generation, FinishReason.Failed, why));
        _parts.Publisher.Publish();
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
        Fail(_parts.Queue.Running().Concat(_parts.Queue.Clear()), why);
        return false;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A step failed")]
    private static partial void StepFailed(ILogger logger, Exception e);

    /// <summary>Stops the loop and waits for its end; running and waiting requests end as failed.</summary>
    public void Dispose()
    {
        if (Stop(Stopping, Timeout.InfiniteTimeSpan, () => { })) _work.Dispose();
    }
}
