namespace EdgeAgent.Answers.Matching;

/// <summary>
/// Section <c>Answers:Similarity</c>: when a question counts as another phrasing of one that has an answer. The defaults were chosen
/// on held-out phrasings of Banking77 and CLINC150 and on 2,000 pairs that differ in one critical word; lower values serve more
/// questions and more wrong answers.
/// </summary>
internal sealed record SimilarityOptions
{
    /// <summary>Cosine with the nearest phrasing from which a question is similar, 0..1.</summary>
    public double MinScore { get; init; } = 0.45;

    /// <summary>Weighted mean of the cosines with an entry's five nearest phrasings from which it may answer, 0..1.</summary>
    public double MinVote { get; init; } = 0.45;

    /// <summary>Lead of that mean over another entry's, 0..1.</summary>
    public double MinMargin { get; init; } = 0.17;

    /// <summary>Lead over the next entry by naive Bayes, nats a word, 0..10.</summary>
    public double MinLead { get; init; } = 0.3;

    /// <summary>
    /// Entries with fewer phrasings than this, 1..1000, must have one that scores <see cref="FewScore"/>, with
    /// <see cref="FewOrder"/> of its words in the same order.
    /// </summary>
    public int FewPhrasings { get; init; } = 5;

    /// <summary>Cosine that an entry with few phrasings needs, 0..1.</summary>
    public double FewScore { get; init; } = 0.9;

    /// <summary>Share of words in the same order that an entry with few phrasings needs, 0..1.</summary>
    public double FewOrder { get; init; } = 0.9;

    /// <summary>
    /// Entries with fewer phrasings than this, 1..1000, need no vote where one phrasing scores <see cref="SureScore"/>, with
    /// <see cref="SureOrder"/> of its words in the same order, and the entry has all words of the question.
    /// </summary>
    public int VotingPhrasings { get; init; } = 20;

    /// <summary>Cosine that needs no vote, 0..1.</summary>
    public double SureScore { get; init; } = 0.8;

    /// <summary>Share of words in the same order that needs no vote, 0..1.</summary>
    public double SureOrder { get; init; } = 0.8;

    public IEnumerable<string> Problems(string section)
    {
        foreach (var (key, value, min, max) in new[]
        {
            (nameof(MinScore), MinScore, 0d, 1d), (nameof(MinVote), MinVote, 0, 1), (nameof(MinMargin), MinMargin, 0, 1),
            (nameof(MinLead), MinLead, 0, 10), (nameof(FewPhrasings), FewPhrasings, 1, 1000), (nameof(FewScore), FewScore, 0, 1),
            (nameof(FewOrder), FewOrder, 0, 1), (nameof(VotingPhrasings), VotingPhrasings, 1, 1000), (nameof(SureScore), SureScore, 0, 1),
            (nameof(SureOrder), SureOrder, 0, 1),
        })
            if (!(value >= min && value <= max)) yield return $"{section}:{key} must be {min}..{max}, found {value}";
    }
}
