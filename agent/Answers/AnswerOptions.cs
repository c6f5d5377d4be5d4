using EdgeAgent.Answers.Matching;
using EdgeAgent.Platform.Configuration;

namespace EdgeAgent.Answers;

/// <summary>Answers the device stores and reuses, and what it says when it has none.</summary>
internal sealed record AnswerOptions
{
    /// <summary>
    /// Stores good answers of the student and reuses them when the same question comes again. Switch off where every question must be
    /// answered anew.
    /// </summary>
    public bool Learn { get; init; } = true;

    /// <summary>
    /// Space for learned answers, as text. When it is full, answers nobody has asked for lately are dropped. Raise it where many
    /// different questions recur.
    /// </summary>
    [Unit("MB"), Range(0.01, 1024)]
    public double LearnedMegabytes { get; init; } = 8;

    /// <summary>How long a learned answer stays valid. Lower it where the right answers change often.</summary>
    [Duration("LearnedDays", DurationUnit.Days), Range(0.01, 3650)]
    public TimeSpan LearnedLifetime { get; init; } = TimeSpan.FromDays(30);

    /// <summary>
    /// Rating, of 5, up to which a learned answer is dropped and its question no longer learned. 0: ratings drop none.
    /// </summary>
    [Unit("points"), Range(0, 4)]
    public int BadRating { get; init; } = 2;

    /// <summary>
    /// Proposes answers for review: those that were rated badly, and learned ones that several users rated well. Their questions and
    /// answers are kept desensitized. Switch off where nobody reviews.
    /// </summary>
    public bool Review { get; init; } = true;

    /// <summary>Different users who must have rated a learned answer well before it is proposed for review.</summary>
    [Unit("users"), Range(1, 1000)]
    public int ReviewUsers { get; init; } = 3;

    /// <summary>Different days on which they must have done so.</summary>
    [Unit("days"), Range(1, 90)]
    public int ReviewDays { get; init; } = 2;

    /// <summary>
    /// Text sent when neither the student nor the stored answers can answer, such as whom to call. Empty: the query gets an error
    /// instead.
    /// </summary>
    [Length(0, 4096)]
    public string Preset { get; init; } = "";

    /// <summary>When a similar question counts as the same question.</summary>
    public SimilarityOptions Similarity { get; init; } = new();
}
