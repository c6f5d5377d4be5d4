using EdgeAgent.Privacy;

namespace EdgeAgent.Answers.Matching;

/// <summary>What the cache says to a question.</summary>
internal sealed record AnswerHit(AnswerEntry? Entry, string? Question, double Score, string Reason)
{
    public bool IsHit => Entry is not null;
}

/// <summary>All curated answers in memory, ready to be asked. Replaced as a whole when anything changes; safe for concurrent use.</summary>
internal sealed class CuratedAnswers
{
    private readonly Dictionary<string, AnswerEntry> _entries;
    private readonly SimilarityIndex _curated;
    private readonly TimeProvider _clock;

    public CuratedAnswers(IEnumerable<AnswerEntry> entries, QuestionReader reader, SimilarityOptions options, TimeProvider clock)
    {
        _clock = clock;
        _entries = entries.ToDictionary(e => e.Id, StringComparer.Ordinal);
        _curated =
            new SimilarityIndex(
                [.. _entries.Values.Where(e => e.Source == AnswerEntry.Curated)
                    .SelectMany(e => e.Questions.Select(q => new Phrasing(e.Id, q)))], reader, options);
    }

    public int Count => _entries.Count;

    /// <param name="mayGuess">Whether likeness counts: only where the alternative is no answer. Else the question must be the same.</param>
    public AnswerHit Find(Scrubbed question, bool mayGuess) => Find(question, mayGuess, _ => null);

    /// <param name="learned">The learned answer to exactly this question (<see cref="QuestionText.Key"/>), if there is one.</param>
    public AnswerHit Find(Scrubbed question, bool mayGuess, Func<string, AnswerEntry?> learned)
    {
        ArgumentNullException.ThrowIfNull(question);
        var text = QuestionReader.Read(question);
        if (_curated.Exact(text) is { } id) return Valid(_entries[id], question.Text, 1, "exact");
        if (learned(text.Key) is { } entry && Valid(entry, question.Text, 1, "exact") is { IsHit: true } known) return known;
        if (!mayGuess) return new AnswerHit(null, null, 0, "no such question");
        var likeness = _curated.Find(text);
        return likeness.Phrasing is { } phrasing
            ? Valid(_entries[phrasing.EntryId], phrasing.Question, likeness.Score, likeness.Reason)
            : new AnswerHit(null, null, likeness.Score, likeness.Reason);
    }

    private AnswerHit Valid(AnswerEntry entry, string question, double score, string reason) =>
        entry.ValidUntil is { } until && _clock.GetUtcNow() > until
            ? new AnswerHit(null, null, score, "no longer valid") : new AnswerHit(entry, question, score, reason);
}
