namespace EdgeAgent.Mqtt;

/// <summary>How an attempt to send ended.</summary>
internal enum SendResult
{
    Sent,

    /// <summary>The broker has answered that it does not take this message: sending it again is pointless.</summary>
    Refused,

    /// <summary>There is no connection, or it was lost before the broker had the message.</summary>
    Failed,

    /// <summary>The connection was lost without a word while this message, and no other, was under way.</summary>
    Lost,

    /// <summary>The broker ended the connection and named a fault while this message, and no other, was under way.</summary>
    Blamed,
}

/// <summary>
/// Messages that wait for the broker, first in first out, bounded by count and bytes; when full the oldest is dropped and
/// counted. A retained message replaces the waiting one of its topic. Held in memory: a restart loses it, and the broker redelivers
/// the queries whose replies were in it, because a query is acknowledged only after its reply has left. A message over which the
/// connection is lost again and again is parked: given up, so that those behind it are sent.
/// </summary>
/// <param name="park">Gets a message that is given up, and how the last attempt to send it ended. Must not throw.</param>
internal sealed class Outbox(int maxMessages, long maxBytes, TimeProvider clock, Action<OutboundMessage, SendResult> park)
{
    /// <summary>Connections that the broker may end over one message, naming a fault.</summary>
    public const int MaxBlames = 3;

    /// <summary>Connections that may be lost over one message. Many: a bad network does the same.</summary>
    public const int MaxLosses = 10;

    private sealed class Entry(OutboundMessage message, long since)
    {
        public OutboundMessage Message => message;
        public long Since => since;
        public TaskCompletionSource<PublishResult> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public int Losses { get; private set; }
        public int Blames { get; private set; }
        public bool IsHopeless => Blames >= MaxBlames || Losses >= MaxLosses;

        public void Count(SendResult result)
        {
            if (result == SendResult.Lost) Losses++;
            if (result == SendResult.Blamed) Blames++;
        }
    }

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

    /// <summary>How long the oldest message has waited; zero where none waits.</summary>
    public TimeSpan Age
    {
        get
        {
            lock (_lock) return _queue.First is { } oldest ? clock.GetElapsedTime(oldest.Value.Since) : TimeSpan.Zero;
        }
    }

    /// <summary>Keeps a message. The task completes when it was sent, dropped or replaced.</summary>
    /// <param name="first">How an attempt to send it past the outbox ended.</param>
    public Task<PublishResult> Add(OutboundMessage message, SendResult first = SendResult.Failed)
    {
        ArgumentNullException.ThrowIfNull(message);
        var entry = new Entry(message, clock.GetTimestamp());
        entry.Count(first);
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
            entry.Count(result);
            var isOver = result is SendResult.Sent or SendResult.Refused;
            if (!isOver) (_isFlushing, _isAskedAgain) = (_isAskedAgain, false);
            // it may have been pushed out meanwhile
            if (!(isOver || entry.IsHopeless) || _queue.First is not { } first || !ReferenceEquals(first.Value, entry)) return;
            End(first, result == SendResult.Sent ? PublishResult.Sent : PublishResult.Dropped);
            if (isOver) return;
        }
        park(entry.Message, result);
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
