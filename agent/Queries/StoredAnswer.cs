using EdgeAgent.Answers;
using EdgeAgent.Serving;

namespace EdgeAgent.Queries;

/// <summary>A stored answer that was found for a query.</summary>
/// <param name="Score">Similarity of the questions, 0..1; 1 is the same question.</param>
internal sealed record StoredAnswer(AnswerEntry Entry, double Score)
{
    /// <param name="draft">The answer's id, times and counts.</param>
    /// <param name="now">For the stored answer's age.</param>
    /// <param name="limiter">Applies the asker's limits as the student would; null where there is none.</param>
    public Answer ToAnswer(Answer draft, DateTimeOffset now, Query query, IAnswerLimiter? limiter)
    {
        var (text, isCut) = limiter is not null && (query.HasTokenLimit || query.Stop.Count > 0)
            ? limiter.Limit(Entry.Answer, query.HasTokenLimit ? query.MaxTokens : null, query.Stop) : (Entry.Answer, false);
        return Fill(draft, now) with { Text = text, FinishReason = isCut ? "length" : "stop" };
    }

    private Answer Fill(Answer draft, DateTimeOffset now) => draft with
    {
        Source = Entry.Source == AnswerEntry.Curated ? AnswerSources.Curated : AnswerSources.Cache,
        CacheId = Entry.Id,
        Score = Math.Round(Score, 4),
        CachedAgeSeconds = Entry.CreatedAt is { } created ? Math.Round((now - created).TotalSeconds) : null,
    };
}
