namespace EdgeAgent.Serving;

/// <summary>When a trial ends.</summary>
/// <param name="Queries">Live queries to answer, 0..100,000.</param>
/// <param name="Duration">Time after which the trial ends even with fewer queries.</param>
/// <param name="AnswerTimeout">Time to the first word of an answer, and to the whole answer of an opening question.</param>
internal sealed record TrialLimits(int Queries, TimeSpan Duration, TimeSpan AnswerTimeout);
