using EdgeAgent.Privacy;

namespace EdgeAgent.Answers.Matching;

/// <summary>
/// All curated answers in memory with their index: the snapshot that questions read. Replaced as a whole when anything changes;
/// immutable and safe for concurrent use.
/// </summary>
internal sealed class CuratedAnswers
{
    private readonly Dictionary<string, AnswerEntry> _entries = new(StringComparer.Ordinal); // by id
    private readonly Dictionary<AnswerEntry, IndexedEntry> _indexed = new(ReferenceEqualityComparer.Instance);
    private readonly PhrasingCache _phrasings;
    private readonly SimilarityIndex _index;
    private readonly TimeProvider _clock;

    /// <param name="entries">Learned answers among them are left out; of two with one id the last counts.</param>
    /// <param name="previous">The snapshot that this one replaces: entries that are the same objects are not read again.</param>
    public CuratedAnswers(IEnumerable<AnswerEntry> entries, QuestionReader reader, SimilarityOptions options, TimeProvider clock,
        CuratedAnswers? previous = null)
    {
        _clock = clock;
        foreach (var entry in entries)
            if (entry.Source == AnswerEntry.Curated) _entries[entry.Id] = entry;
        _phrasings = reader.Phrasings(_entries.Values.Sum(e => e.Questions.Count));
        if (previous?._phrasings == _phrasings)
            foreach (var entry in _entries.Values)
                if (previous._indexed.TryGetValue(entry, out var known)) _indexed[entry] = known;
        // new phrasings are desensitized beside running queries: one core is left to them
        Parallel.ForEach(_entries.Values.Where(e => !_indexed.ContainsKey(e)).SelectMany(e => e.Questions),
            new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, Environment.ProcessorCount - 1) }, q => _phrasings.Read(q));
        foreach (var entry in _entries.Values)
            if (!_indexed.ContainsKey(entry)) _indexed[entry] = new IndexedEntry(entry, _phrasings);
        _index = new SimilarityIndex(_entries.Values.Select(e => _indexed[e]), _phrasings.Features, options);
    }

    public int Count => _entries.Count;

    public IEnumerable<AnswerEntry> Entries => _entries.Values;

    /// <param name="allowSimilar">
    /// Whether a similar question may answer: only where the alternative is no answer. Else the question must be the same.
    /// </param>
    public AnswerHit Find(Scrubbed question, bool allowSimilar) => Find(question, allowSimilar, _ => null);

    /// <param name="learned">The learned answer to exactly this question (<see cref="QuestionText.Key"/>), if there is one.</param>
    public AnswerHit Find(Scrubbed question, bool allowSimilar, Func<string, AnswerEntry?> learned)
    {
        ArgumentNullException.ThrowIfNull(question);
        var text = QuestionReader.Read(question);
        if (_index.Exact(text) is { } id) return Valid(_entries[id], question.Text, 1, "exact");
        if (learned(text.Key) is { } entry && Valid(entry, question.Text, 1, "exact") is { IsHit: true } known) return known;
        if (!allowSimilar) return new AnswerHit(null, null, 0, "no answer to exactly this question");
        var similar = _index.Find(text);
        return similar.Phrasing is { } phrasing
            ? Valid(_entries[phrasing.EntryId], phrasing.Question, similar.Score, similar.Reason)
            : new AnswerHit(null, null, similar.Score, similar.Reason);
    }

    private AnswerHit Valid(AnswerEntry entry, string question, double score, string reason) =>
        entry.ValidUntil is { } until && _clock.GetUtcNow() > until
            ? new AnswerHit(null, null, score, "no longer valid") : new AnswerHit(entry, question, score, reason);
}
