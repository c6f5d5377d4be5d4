using EdgeAgent.Platform.Configuration;

namespace EdgeAgent.Answers.Matching;

/// <summary>
/// When a question counts as another phrasing of one that has an answer. The defaults were chosen on held-out phrasings of Banking77
/// and CLINC150 and on 2,000 pairs that differ in one critical word; lower values serve more questions and more wrong answers.
/// </summary>
internal sealed record SimilarityOptions
{
    /// <summary>Cosine with the nearest phrasing from which a question is similar.</summary>
    [Unit("cosine"), Range(0, 1)]
    public double MinScore { get; init; } = 0.45;

    /// <summary>Weighted mean of the cosines with an entry's five nearest phrasings from which the entry may answer.</summary>
    [Unit("cosine"), Range(0, 1)]
    public double MinVote { get; init; } = 0.435;

    /// <summary>Lead of that mean over another entry's.</summary>
    [Unit("cosine"), Range(0, 1)]
    public double MinMargin { get; init; } = 0.17;

    /// <summary>Lead over the next entry by naive Bayes.</summary>
    [Unit("nats/word"), Range(0, 10)]
    public double MinLead { get; init; } = 0.3;

    /// <summary>
    /// Entries with fewer phrasings than this must have one that scores <c>FewScore</c>, with <c>FewOrder</c> of its words in the same
    /// order.
    /// </summary>
    [Unit("phrasings"), Range(1, 1000)]
    public int FewPhrasings { get; init; } = 5;

    /// <summary>Cosine that an entry with few phrasings needs.</summary>
    [Unit("cosine"), Range(0, 1)]
    public double FewScore { get; init; } = 0.9;

    /// <summary>Share of words in the same order that an entry with few phrasings needs.</summary>
    [Unit("share"), Range(0, 1)]
    public double FewOrder { get; init; } = 0.9;

    /// <summary>
    /// Entries with fewer phrasings than this need no vote where one phrasing scores <c>SureScore</c>, with <c>SureOrder</c> of its
    /// words in the same order, and the entry has all words of the question.
    /// </summary>
    [Unit("phrasings"), Range(1, 1000)]
    public int VotingPhrasings { get; init; } = 20;

    /// <summary>Cosine that needs no vote.</summary>
    [Unit("cosine"), Range(0, 1)]
    public double SureScore { get; init; } = 0.8;

    /// <summary>Share of words in the same order that needs no vote.</summary>
    [Unit("share"), Range(0, 1)]
    public double SureOrder { get; init; } = 0.8;
}
