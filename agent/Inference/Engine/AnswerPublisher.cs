using System.Collections.Concurrent;
using EdgeAgent.Inference.Tokenization;

namespace EdgeAgent.Inference.Engine;

/// <summary>
/// Makes text and events of what the steps did, away from the stepping thread: one wake-up of a pool thread a step, however many rows it
/// had. Results are published in the order they were added.
/// </summary>
internal sealed class AnswerPublisher(Tokenizer tokenizer) : IThreadPoolWorkItem
{
    private readonly ConcurrentQueue<StepResult> _results = new(); // bounded by rows x max_tokens
    private readonly Lock _publishing = new();
    private int _isScheduled;

    public void Add(in StepResult result) => _results.Enqueue(result);

    /// <summary>Has what was added published on a pool thread.</summary>
    public void Wake()
    {
        if (!_results.IsEmpty && Interlocked.Exchange(ref _isScheduled, 1) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Publishes what was added, on the caller's thread.</summary>
    public void Publish()
    {
        lock (_publishing)
            while (_results.TryDequeue(out var result)) Publish(result);
    }

    private void Publish(in StepResult result)
    {
        var generation = result.Generation;
        if (generation.HasEnded) return; // the stop string came first: the step found out one token later
        try
        {
            generation.Transcript ??= new Transcript(tokenizer, generation.Request);
            generation.Emit(generation.Transcript.Add(result));
        }
        catch (Exception e) // the loop's edge: no answer may take the others' publisher with it
        {
            generation.Emit(new GenerationEvent("", -1, result.Tokens, result.Inference, FinishReason.Failed, e.Message));
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        do
        {
            Publish();
            Volatile.Write(ref _isScheduled, 0);
        }
        while (!_results.IsEmpty && Interlocked.Exchange(ref _isScheduled, 1) == 0);
    }
}
