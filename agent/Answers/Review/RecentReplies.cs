using System.Collections.Concurrent;
using EdgeAgent.Privacy;

namespace EdgeAgent.Answers.Review;

/// <summary>A reply that a rating may still be about.</summary>
/// <param name="Answer">Desensitized: what the student wrote, or a stored answer.</param>
/// <param name="LearnedId">The learned answer behind it, or the id under which it may be learned; null for a curated one.</param>
/// <param name="Client">Who asked. Never leaves memory but as a hash.</param>
internal sealed record RecentReply(Scrubbed Question, string Answer, string? LearnedId, string Client);

/// <summary>The last replies, in memory alone, so that a rating finds what it is about. Safe for concurrent use.</summary>
internal sealed class RecentReplies
{
    /// <summary>Replies remembered; the oldest is forgotten. Longer texts are not remembered, characters.</summary>
    public const int MaxReplies = 2000, MaxText = 4000;

    private readonly ConcurrentDictionary<string, RecentReply> _replies = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _order = new();

    public void Add(string answerId, RecentReply reply)
    {
        ArgumentNullException.ThrowIfNull(reply);
        if (reply.Question.Text.Length > MaxText || reply.Answer.Length > MaxText || !_replies.TryAdd(answerId, reply)) return;
        _order.Enqueue(answerId);
        if (_order.Count > MaxReplies && _order.TryDequeue(out var oldest)) _replies.TryRemove(oldest, out _);
    }

    public RecentReply? Find(string answerId) => _replies.GetValueOrDefault(answerId);
}
