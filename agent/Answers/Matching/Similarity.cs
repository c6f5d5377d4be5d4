namespace EdgeAgent.Answers.Matching;

/// <summary>A phrasing of an entry's question.</summary>
internal sealed record Phrasing(string EntryId, string Question);

/// <summary>The outcome of a search for a similar phrasing.</summary>
/// <param name="Phrasing">The phrasing that may answer the question; null where none may.</param>
/// <param name="Score">How near the nearest phrasing is, 0..1.</param>
/// <param name="Reason">Which rule decided.</param>
internal sealed record Similarity(Phrasing? Phrasing, double Score, string Reason);
