namespace EdgeAgent.Answers;

/// <summary>What the cache says to a question.</summary>
public sealed record AnswerHit(AnswerEntry? Entry, string? Question, double Score, string Reason)
{
    public bool IsHit => Entry is not null;
}

/// <summary>All answers in memory, ready to be asked. Replaced as a whole when anything changes; safe for concurrent use.</summary>
public sealed class AnswerBook
{
    private readonly Dictionary<string, AnswerEntry> _entries;
    private readonly PhrasingIndex _curated;
    private readonly Dictionary<string, string> _learned = new(StringComparer.Ordinal);
    private readonly TimeProvider _clock;

    public AnswerBook(IEnumerable<AnswerEntry> entries, LikenessOptions options, TimeProvider clock)
    {
        _clock = clock;
        _entries = entries.ToDictionary(e => e.Id, StringComparer.Ordinal);
        _curated = new PhrasingIndex(_entries.Values.Where(e => e.Source == AnswerEntry.Curated).SelectMany(e => e.Questions.Select(q => new Phrasing(e.Id, q))), options);
        foreach (var entry in _entries.Values.Where(e => e.Source == AnswerEntry.Learned))
            foreach (var question in entry.Questions) _learned[QuestionText.Of(question).Key] = entry.Id;
    }

    public int Count => _entries.Count;

    /// <param name="mayGuess">Whether likeness counts: only where the alternative is no answer. Else the question must be the same.</param>
    public AnswerHit Find(string question, bool mayGuess)
    {
        var text = QuestionText.Of(question);
        var id = _curated.Exact(text) ?? _learned.GetValueOrDefault(text.Key);
        if (id is not null) return Valid(id, question, 1, "exact");
        if (!mayGuess) return new AnswerHit(null, null, 0, "no such question");
        var likeness = _curated.Find(text);
        return likeness.Phrasing is { } phrasing ? Valid(phrasing.EntryId, phrasing.Question, likeness.Score, likeness.Reason) : new AnswerHit(null, null, likeness.Score, likeness.Reason);
    }

    private AnswerHit Valid(string id, string question, double score, string reason)
    {
        var entry = _entries[id];
        return entry.ValidUntil is { } until && _clock.GetUtcNow() > until ? new AnswerHit(null, null, score, "no longer valid") : new AnswerHit(entry, question, score, reason);
    }
}
