namespace EdgeAgent.Mqtt;

/// <summary>
/// Messages that wait for the broker, first in first out, bounded by count and bytes; when full the oldest is dropped and
/// counted. Held in memory: a restart loses it, and the broker redelivers the queries whose replies were in it, because a
/// query is acknowledged only after its reply has left.
/// </summary>
internal sealed class Outbox(int maxMessages, long maxBytes)
{
    private readonly Queue<(OutboundMessage Message, TaskCompletionSource Sent)> _queue = new();
    private readonly Lock _lock = new();
    private long _bytes;

    public long Dropped { get; private set; }

    public int Count
    {
        get
        {
            lock (_lock) return _queue.Count;
        }
    }

    /// <summary>Keeps a message. The task completes when it was sent, or dropped.</summary>
    public Task Add(OutboundMessage message)
    {
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _queue.Enqueue((message, sent));
            _bytes += message.Payload.Length;
            while (_queue.Count > maxMessages || _bytes > maxBytes && _queue.Count > 1)
            {
                var (old, oldSent) = _queue.Dequeue();
                _bytes -= old.Payload.Length;
                Dropped++;
                oldSent.TrySetResult();
            }
        }
        return sent.Task;
    }

    /// <summary>Sends what waits, in order, until one fails: that one and those behind it stay.</summary>
    public async Task FlushAsync(Func<OutboundMessage, Task<bool>> send)
    {
        while (true)
        {
            OutboundMessage message;
            TaskCompletionSource sent;
            lock (_lock)
            {
                if (!_queue.TryPeek(out var head)) return;
                (message, sent) = head;
            }
            if (!await send(message).ConfigureAwait(false)) return;
            lock (_lock)
            {
                if (!_queue.TryPeek(out var head) || !ReferenceEquals(head.Message, message)) continue; // dropped meanwhile
                _queue.Dequeue();
                _bytes -= message.Payload.Length;
            }
            sent.TrySetResult();
        }
    }
}
