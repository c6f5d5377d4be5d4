using EdgeAgent.Answers;
using EdgeAgent.Serving;
using Microsoft.Extensions.AI;

namespace EdgeAgent.Queries;

/// <summary>A stored answer that was found for a query.</summary>
/// <param name="Score">Similarity of the questions, 0..1; 1 is the same question.</param>
internal sealed record StoredAnswer(AnswerEntry Entry, double Score)
{
    /// <summary>Whether the deployer wrote it.</summary>
    public bool IsCurated => Entry.Source == AnswerEntry.Curated;

    /// <param name="draft">The answer's id, times and counts.</param>
    /// <param name="now">For the stored answer's age.</param>
    /// <param name="student">Applies the asker's limits as to an answer of its own, where it can.</param>
    public Answer ToAnswer(Answer draft, DateTimeOffset now, Query query, IChatClient student)
    {
        var limiter = student.GetService<IAnswerLimiter>();
        var (text, isCut) = limiter is not null && (query.HasTokenLimit || query.Stop.Count > 0)
            ? limiter.Limit(Entry.Answer, query.HasTokenLimit ? query.MaxTokens : null, query.Stop) : (Entry.Answer, false);
        return Fill(draft, now) with { Text = text, FinishReason = isCut ? "length" : "stop" };
    }

    private Answer Fill(Answer draft, DateTimeOffset now) => draft with
    {
        Source = IsCurated ? AnswerSources.Curated : AnswerSources.Cache,
        CacheId = Entry.Id,
        Score = Math.Round(Score, 4),
        CachedAgeSeconds = Entry.CreatedAt is { } created ? Math.Round((now - created).TotalSeconds) : null,
    };
}
