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

/// <summary>How much may wait.</summary>
/// <param name="Bytes">Of payloads. One message is kept whatever its size.</param>
/// <param name="Age">By a clock that does not jump, from when this process has the message; null: any.</param>
internal sealed record OutboxLimits(int Messages, long Bytes, TimeSpan? Age = null);

/// <summary>
/// Messages that wait for the broker: by kind, then first in first out. Bounded; when full the oldest of the last kind is dropped and
/// counted: telemetry before reports. A retained message replaces the waiting one of its topic. Reports and telemetry are kept in the
/// store, if there is one. Replies are held in memory: a restart loses them, and the broker redelivers their queries, because a query is
/// acknowledged only after its reply has left. A message over which the connection is lost again and again is parked: given up, so that
/// those behind it are sent.
/// </summary>
internal sealed class Outbox
{
    /// <summary>Connections that the broker may end over one message, naming a fault.</summary>
    public const int MaxBlames = 3;

    /// <summary>Connections that may be lost over one message. Many: a bad network does the same.</summary>
    public const int MaxLosses = 10;

    private sealed class Entry(long number, OutboundMessage message, long since)
    {
        public long Number => number;
        public OutboundMessage Message => message;
        public long Since => since;
        public TaskCompletionSource<PublishResult> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public int Losses { get; private set; }
        public int Blames { get; private set; }
        public bool IsHopeless => Blames >= MaxBlames || Losses >= MaxLosses;
        public bool IsKept => message.Kind != MessageKind.Reply;

        public void Count(SendResult result)
        {
            if (result == SendResult.Lost) Losses++;
            if (result == SendResult.Blamed) Blames++;
        }
    }

    private readonly OutboxLimits _limits;
    private readonly TimeProvider _clock;
    private readonly Action<OutboundMessage, SendResult> _park;
    private readonly IOutboxStore? _store;
    private readonly LinkedList<Entry>[] _lanes = [.. Enum.GetValues<MessageKind>().Select(_ => new LinkedList<Entry>())];
    private readonly Dictionary<string, LinkedListNode<Entry>> _retained = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private Entry? _sending;
    private bool _isFlushing, _isAskedAgain;
    private long _bytes, _next;
    private int _count;

    /// <param name="park">Gets a message that is given up, and how the last attempt to send it ended. Must not throw.</param>
    /// <param name="store">What it holds is what waits first.</param>
    public Outbox(OutboxLimits limits, TimeProvider clock, Action<OutboundMessage, SendResult> park, IOutboxStore? store = null)
    {
        (_limits, _clock, _park, _store) = (limits, clock, park, store);
        foreach (var (number, message) in store?.Load() ?? [])
        {
            _next = Math.Max(_next, number + 1);
            Put(new Entry(number, message, clock.GetTimestamp()));
        }
        Trim();
    }

    /// <summary>Messages that were pushed out, too old or refused; not those that a newer one replaced.</summary>
    public long Dropped { get; private set; }

    public int Count
    {
        get
        {
            lock (_lock) return _count;
        }
    }

    /// <summary>How long the oldest message has waited; zero where none waits.</summary>
    public TimeSpan Age
    {
        get
        {
            lock (_lock)
                return _lanes.Select(l => l.First is { } oldest ? _clock.GetElapsedTime(oldest.Value.Since) : TimeSpan.Zero).Max();
        }
    }

    /// <summary>Keeps a message. The task completes when it was sent, dropped or replaced.</summary>
    /// <param name="first">How an attempt to send it past the outbox ended.</param>
    public Task<PublishResult> Add(OutboundMessage message, SendResult first = SendResult.Failed)
    {
        ArgumentNullException.ThrowIfNull(message);
        lock (_lock)
        {
            var entry = new Entry(_next++, message, _clock.GetTimestamp());
            entry.Count(first);
            Put(entry);
            if (entry.IsKept) _store?.Add(entry.Number, message);
            Trim();
            return entry.Done.Task;
        }
    }

    private void Put(Entry entry)
    {
        var message = entry.Message;
        if (message.Retain && _retained.TryGetValue(message.Topic, out var waiting) && !ReferenceEquals(waiting.Value, _sending)
            && waiting.Value.Message.Kind == message.Kind)
        {
            _bytes += message.Payload.Length - waiting.Value.Message.Payload.Length;
            if (waiting.Value.IsKept) _store?.Remove(waiting.Value.Number);
            waiting.Value.Done.TrySetResult(PublishResult.Dropped);
            waiting.Value = entry;
            return;
        }
        var node = _lanes[(int)message.Kind].AddLast(entry);
        _count++;
        _bytes += message.Payload.Length;
        if (message.Retain) _retained[message.Topic] = node;
    }

    /// <summary>Drops what is too old, then the oldest of the last kind until the rest fits.</summary>
    private void Trim()
    {
        if (_limits.Age is { } limit)
            foreach (var lane in _lanes)
                while (lane.First is { } oldest && _clock.GetElapsedTime(oldest.Value.Since) > limit) End(oldest, PublishResult.Dropped);
        while (_count > _limits.Messages || _bytes > _limits.Bytes && _count > 1)
            End(_lanes.Last(l => l.First is not null).First!, PublishResult.Dropped);
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
            Trim();
        }
        while (Next() is { } entry) Take(entry, await send(entry.Message).ConfigureAwait(false));
    }

    /// <summary>The entry to send now; null ends the flush.</summary>
    private Entry? Next()
    {
        lock (_lock)
        {
            _sending = _isFlushing ? _lanes.FirstOrDefault(l => l.First is not null)?.First!.Value : null;
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
            if (!(isOver || entry.IsHopeless) || _lanes[(int)entry.Message.Kind].First is not { } first
                || !ReferenceEquals(first.Value, entry)) return;
            End(first, result == SendResult.Sent ? PublishResult.Sent : PublishResult.Dropped);
            if (isOver) return;
        }
        _park(entry.Message, result);
    }

    private void End(LinkedListNode<Entry> node, PublishResult result)
    {
        var message = node.Value.Message;
        node.List!.Remove(node);
        _count--;
        _bytes -= message.Payload.Length;
        if (message.Retain && _retained.TryGetValue(message.Topic, out var waiting) && waiting == node) _retained.Remove(message.Topic);
        if (node.Value.IsKept) _store?.Remove(node.Value.Number);
        if (result == PublishResult.Dropped) Dropped++;
        node.Value.Done.TrySetResult(result);
    }
}
