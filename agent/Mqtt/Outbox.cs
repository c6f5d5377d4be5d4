namespace EdgeAgent.Mqtt;

/// <summary>How an attempt to send ended.</summary>
internal enum SendResult
{
    Sent,

    /// <summary>The broker has answered that it does not take this message: sending it again is pointless.</summary>
    Refused,

    /// <summary>There is no connection, or it was lost before the broker had the message.</summary>
    Failed,
}

/// <summary>
/// Messages that wait for the broker, first in first out, bounded by count and bytes; when full the oldest is dropped and
/// counted. A retained message replaces the waiting one of its topic. Held in memory: a restart loses it, and the broker redelivers
/// the queries whose replies were in it, because a query is acknowledged only after its reply has left.
/// </summary>
internal sealed class Outbox(int maxMessages, long maxBytes)
{
    private sealed record Entry(OutboundMessage Message, TaskCompletionSource<PublishResult> Done);

    private readonly LinkedList<Entry> _queue = new();
    private readonly Dictionary<string, LinkedListNode<Entry>> _retained = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private Entry? _sending;
    private bool _isFlushing, _isAskedAgain;
    private long _bytes;

    /// <summary>Messages that were pushed out or refused; not those that a newer one replaced.</summary>
    public long Dropped { get; private set; }

    public int Count
    {
        get
        {
            lock (_lock) return _queue.Count;
        }
    }

    /// <summary>Keeps a message. The task completes when it was sent, dropped or replaced.</summary>
    public Task<PublishResult> Add(OutboundMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var entry = new Entry(message, new TaskCompletionSource<PublishResult>(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_lock)
        {
            if (message.Retain && _retained.TryGetValue(message.Topic, out var waiting) && !ReferenceEquals(waiting.Value, _sending))
            {
                _bytes += message.Payload.Length - waiting.Value.Message.Payload.Length;
                waiting.Value.Done.TrySetResult(PublishResult.Dropped);
                waiting.Value = entry;
            }
            else
            {
                var node = _queue.AddLast(entry);
                _bytes += message.Payload.Length;
                if (message.Retain) _retained[message.Topic] = node;
            }
            while (_queue.Count > maxMessages || _bytes > maxBytes && _queue.Count > 1) End(_queue.First!, PublishResult.Dropped);
        }
        return entry.Done.Task;
    }

    /// <summary>
    /// Sends the waiting messages in order until one fails: that one and those behind it stay. One flush runs at a time; a call
    /// during a flush makes that one go on after a failure.
    /// </summary>
    /// <param name="send">Must not throw.</param>
    public async Task FlushAsync(Func<OutboundMessage, Task<SendResult>> send)
    {
        ArgumentNullException.ThrowIfNull(send);
        lock (_lock)
        {
            if (_isFlushing)
            {
                _isAskedAgain = true;
                return;
            }
            (_isFlushing, _isAskedAgain) = (true, false);
        }
        while (Next() is { } entry) Take(entry, await send(entry.Message).ConfigureAwait(false));
    }

    /// <summary>The entry to send now; null ends the flush.</summary>
    private Entry? Next()
    {
        lock (_lock)
        {
            _sending = _isFlushing ? _queue.First?.Value : null;
            _isFlushing = _sending is not null;
            return _sending;
        }
    }

    private void Take(Entry entry, SendResult result)
    {
        lock (_lock)
        {
            _sending = null;
            if (result == SendResult.Failed) (_isFlushing, _isAskedAgain) = (_isAskedAgain, false);
            // it may have been pushed out meanwhile
            else if (_queue.First is { } first && ReferenceEquals(first.Value, entry))
                End(first, result == SendResult.Sent ? PublishResult.Sent : PublishResult.Dropped);
        }
    }

    private void End(LinkedListNode<Entry> node, PublishResult result)
    {
        var message = node.Value.Message;
        _queue.Remove(node);
        _bytes -= message.Payload.Length;
        if (message.Retain && _retained.TryGetValue(message.Topic, out var waiting) && waiting == node) _retained.Remove(message.Topic);
        if (result == PublishResult.Dropped) Dropped++;
        node.Value.Done.TrySetResult(result);
    }
}
