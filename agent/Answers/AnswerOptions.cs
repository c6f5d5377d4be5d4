namespace EdgeAgent.Answers;

/// <summary>Section <c>Answers</c>: what the device keeps of its own answers, and what it says when it has none.</summary>
internal sealed record AnswerOptions
{
    public const string Section = "Answers";

    /// <summary>Whether a good answer of the student is kept for the next one who asks the same.</summary>
    public bool Learn { get; init; } = true;

    /// <summary>Learned answers kept, in MB of text, 0.01..1024; beyond it those go that nobody asked for.</summary>
    public double LearnedMegabytes { get; init; } = 8;

    /// <summary>Days a learned answer holds, 0.01..3650.</summary>
    public double LearnedDays { get; init; } = 30;

    /// <summary>Said where neither the student nor the cache has an answer, such as whom to call; empty: an error is.</summary>
    public string Preset { get; init; } = "";

    public IEnumerable<string> Problems()
    {
        if (!(LearnedMegabytes is >= 0.01 and <= 1024))
            yield return $"{Section}:LearnedMegabytes must be 0.01..1024, found {LearnedMegabytes}";
        if (!(LearnedDays is >= 0.01 and <= 3650)) yield return $"{Section}:LearnedDays must be 0.01..3650, found {LearnedDays}";
        if (Preset.Length > 4096) yield return $"{Section}:Preset must be at most 4096 characters, found {Preset.Length}";
    }
}
