using EdgeAgent.Answers.Matching;

namespace EdgeAgent.Answers;

/// <summary>Section <c>Answers</c>: which answers the device keeps, and its reply when it has none.</summary>
internal sealed record AnswerOptions
{
    public const string Section = "Answers";

    /// <summary>Whether a good answer of the student is kept for the next one who asks the same.</summary>
    public bool Learn { get; init; } = true;

    /// <summary>Size of all learned answers, MB of text, 0.01..1024; beyond it those are evicted that nobody asked for.</summary>
    public double LearnedMegabytes { get; init; } = 8;

    /// <summary>Days a learned answer is valid, 0.01..3650.</summary>
    public double LearnedDays { get; init; } = 30;

    /// <summary>Rating, 0..4 of 5, up to which a learned answer is dropped and its question no longer learned; 0: never.</summary>
    public int BadRating { get; init; } = 2;

    /// <summary>
    /// The reply where neither the student nor the cache has an answer, such as whom to call, at most 4096 characters; empty: an error.
    /// </summary>
    public string Preset { get; init; } = "";

    /// <summary>When a similar question is the same question.</summary>
    public SimilarityOptions Similarity { get; init; } = new();

    public IEnumerable<string> Problems()
    {
        if (!(LearnedMegabytes is >= 0.01 and <= 1024))
            yield return $"{Section}:LearnedMegabytes must be 0.01..1024, found {LearnedMegabytes}";
        if (!(LearnedDays is >= 0.01 and <= 3650)) yield return $"{Section}:LearnedDays must be 0.01..3650, found {LearnedDays}";
        if (BadRating is < 0 or > 4) yield return $"{Section}:BadRating must be 0..4, found {BadRating}";
        if (Preset.Length > 4096) yield return $"{Section}:Preset must be at most 4096 characters, found {Preset.Length}";
        foreach (var problem in Similarity.Problems($"{Section}:{nameof(Similarity)}")) yield return problem;
    }
}
