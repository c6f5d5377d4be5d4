using System.Collections.Concurrent;

namespace EdgeAgent.Answers.Learning;

/// <summary>Which entry answered each of the last replies, so that a rating or a purge of a reply finds it. Takes no lock.</summary>
internal sealed class ServedLog
{
    /// <summary>Replies remembered; the oldest is forgotten.</summary>
    private const int MaxReplies = 10_000;

    private readonly ConcurrentDictionary<string, string> _entries = new(StringComparer.Ordinal); // reply's answer id -> entry id
    private readonly ConcurrentQueue<string> _order = new();

    public void Add(string answerId, string entryId)
    {
        if (!_entries.TryAdd(answerId, entryId)) return;
        _order.Enqueue(answerId);
        if (_order.Count > MaxReplies && _order.TryDequeue(out var oldest)) _entries.TryRemove(oldest, out _);
    }

    /// <summary>The entry behind a reply; the id itself where the reply is not known, since a learned answer has its reply's id.</summary>
    public string EntryOf(string answerId) => _entries.GetValueOrDefault(answerId, answerId);
}
