namespace EdgeAgent.Answers.Matching;

/// <summary>The outcome of a lookup.</summary>
/// <param name="Entry">The answer; null where there is none.</param>
/// <param name="Question">The question as asked, or the phrasing that was similar.</param>
/// <param name="Score">1 for an exact match, else how near the nearest phrasing is, 0..1.</param>
/// <param name="Reason">Which rule decided.</param>
internal sealed record AnswerHit(AnswerEntry? Entry, string? Question, double Score, string Reason)
{
    public bool IsHit => Entry is not null;
}
