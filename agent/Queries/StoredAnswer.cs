using EdgeAgent.Answers;

namespace EdgeAgent.Queries;

/// <summary>A stored answer that was found for a query.</summary>
/// <param name="Score">Similarity of the questions, 0..1; 1 is the same question.</param>
internal sealed record StoredAnswer(AnswerEntry Entry, double Score)
{
    /// <param name="draft">The answer's id, times and counts.</param>
    /// <param name="now">For the stored answer's age.</param>
    public Answer ToAnswer(Answer draft, DateTimeOffset now) => draft with
    {
        Text = Entry.Answer,
        Source = Entry.Source == AnswerEntry.Curated ? AnswerSources.Curated : AnswerSources.Cache,
        CacheId = Entry.Id,
        Score = Math.Round(Score, 4),
        CachedAgeSeconds = Entry.CreatedAt is { } created ? Math.Round((now - created).TotalSeconds) : null,
    };
}
