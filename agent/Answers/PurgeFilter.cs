using System.Globalization;
using System.Text.Json;

namespace EdgeAgent.Answers;

/// <summary>Which answers a purge deletes: those that fit everything that is given. Pure.</summary>
/// <param name="Model">Learned from the model with this digest; null: any.</param>
/// <param name="Before">Created before this; null: at any time.</param>
/// <param name="Match">The entry's id, or text in the answer or a question, whatever its case; null: any.</param>
internal sealed record PurgeFilter(string? Model, DateTimeOffset? Before, string? Match)
{
    /// <summary>Days of the greatest age that can be given.</summary>
    private const double MaxDays = 36_500;

    /// <exception cref="FormatException">
    /// Nothing is given, or something that would fit every answer by mistake: an empty text, an age outside 0..36,500 days.
    /// </exception>
    public static PurgeFilter Create(string? model, double? olderDays, string? match, DateTimeOffset now)
    {
        if (model is null && match is null && olderDays is null) throw new FormatException("match, model or older_days");
        if (model is not null && string.IsNullOrWhiteSpace(model)) throw new FormatException("a model digest, found an empty text");
        if (match is not null && string.IsNullOrWhiteSpace(match)) throw new FormatException("a text to match, found an empty one");
        if (olderDays is { } days && !(days is >= 0 and <= MaxDays))
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"older_days of 0..{MaxDays}, found {days}"));
        return new PurgeFilter(model, olderDays is { } age ? now.AddDays(-age) : null, match);
    }

    /// <summary>Reads a command {"match"?,"model"?,"older_days"?}.</summary>
    /// <exception cref="FormatException">The command is malformed or selects nothing; the message says what was expected.</exception>
    public static PurgeFilter Parse(ReadOnlyMemory<byte> json, DateTimeOffset now)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            string? Text(string name) => root.TryGetProperty(name, out var value) ? value.GetString() : null;
            double? days = root.TryGetProperty("older_days", out var value) ? value.GetDouble() : null;
            return Create(Text("model"), days, Text("match"), now);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException($"what to delete as JSON; {e.Message}", e);
        }
    }

    public bool Fits(AnswerEntry entry) => (Model is null || entry.IsOf(Model)) && (Before is null || entry.CreatedAt < Before)
        && (Match is null || entry.Id == Match || entry.Answer.Contains(Match, StringComparison.OrdinalIgnoreCase)
            || entry.Questions.Any(q => q.Contains(Match, StringComparison.OrdinalIgnoreCase)));
}
