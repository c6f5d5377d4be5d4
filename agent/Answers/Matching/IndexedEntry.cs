namespace EdgeAgent.Answers.Matching;

/// <summary>
/// A curated entry as an index needs it: its phrasings as they were read and the words they have together. Outlives the index, so
/// that a rebuild reads only what has changed. Immutable.
/// </summary>
internal sealed class IndexedEntry
{
    /// <param name="phrasings">Where phrasings are read; those without a word are left out.</param>
    public IndexedEntry(AnswerEntry entry, PhrasingCache phrasings)
        : this(entry.Id, entry.Questions.Select(q => (q, phrasings.Read(q))))
    {
    }

    public IndexedEntry(string id, IEnumerable<(string Question, PhrasingText Read)> phrasings)
    {
        Id = id;
        Phrasings = [.. phrasings.Where(p => p.Read.Text.Tokens.Count > 0).Select(p => (new Phrasing(id, p.Question), p.Read))];
        foreach (var (_, read) in Phrasings) Vocabulary.Add(read.Text.Tokens);
    }

    public string Id { get; }

    public IReadOnlyList<(Phrasing Phrasing, PhrasingText Read)> Phrasings { get; }

    public Vocabulary Vocabulary { get; } = new();
}
