using System.Text.Json;
using System.Text.Json.Serialization;

namespace EdgeAgent.Answers.Review;

/// <summary>Words for why an answer is in the review queue, and what a reviewer decided.</summary>
internal static class ReviewWords
{
    /// <summary>Kinds: rated badly; a learned answer that several users rated well.</summary>
    public const string Bad = "bad", Good = "good";

    /// <summary>States.</summary>
    public const string Open = "open", Accepted = "accepted", Corrected = "corrected", Unsafe = "unsafe", Discarded = "discarded";
}

/// <summary>An answer to be reviewed. All its text is desensitized.</summary>
/// <param name="Id">The answer's id.</param>
/// <param name="Stars">The rating that brought it here, 1..5.</param>
/// <param name="Correction">What a reviewer wrote in the answer's place; null where nobody did.</param>
internal sealed record ReviewItem(string Id, string Kind, string Question, string Answer, int Stars, DateTimeOffset At, string State,
    string? Correction);

/// <summary>One example for training, from a reviewer's decision.</summary>
/// <param name="Answer">The right answer; of an unsafe one what must not be said.</param>
/// <param name="Label">accepted, corrected or unsafe.</param>
internal sealed record FeedbackExample(string Question, string Answer, string Label)
{
    /// <summary>Null where a reviewer has decided nothing that trains: open and discarded items.</summary>
    public static FeedbackExample? Of(ReviewItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return item.State switch
        {
            ReviewWords.Accepted or ReviewWords.Unsafe => new FeedbackExample(item.Question, item.Answer, item.State),
            ReviewWords.Corrected when item.Correction is { } right => new FeedbackExample(item.Question, right, item.State),
            _ => null,
        };
    }

    /// <summary>As a line of JSON.</summary>
    public string ToLine() => JsonSerializer.Serialize(this, ReviewJson.Default.FeedbackExample);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(FeedbackExample))]
[JsonSerializable(typeof(ReviewItem))]
internal sealed partial class ReviewJson : JsonSerializerContext;
