using System.Text.Json;
using EdgeAgent.Platform;

namespace EdgeAgent.Queries;

/// <summary>
/// A rating of an answer: {"answer_id","rating" 1..5,"resolved"?,"comment"?}. Comments are accepted and dropped: free text may name
/// people, and nothing uses it yet.
/// </summary>
internal sealed record Feedback(string AnswerId, int Rating, bool? IsResolved)
{
    private const int MaxBytes = 16_384;

    /// <summary>Null where the payload is no rating.</summary>
    public static Feedback? Parse(ReadOnlyMemory<byte> payload)
    {
        if (payload.Length is 0 or > MaxBytes) return null;
        try
        {
            using var document = JsonDocument.Parse(payload, new JsonDocumentOptions { MaxDepth = 4 });
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return null;
            if (!root.TryGetProperty("answer_id", out var id) || id.GetString() is not { } answerId || !Identifiers.IsOne(answerId))
                return null;
            if (!root.TryGetProperty("rating", out var stars) || !stars.TryGetInt32(out var rating) || rating is < 1 or > 5) return null;
            bool? isResolved = root.TryGetProperty("resolved", out var resolved) && resolved.ValueKind != JsonValueKind.Null
                ? resolved.GetBoolean() : null;
            return new Feedback(answerId, rating, isResolved);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
