using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeAgent.Answers.Storage;

namespace EdgeAgent.Answers;

/// <summary>
/// An answer that somebody wrote, or a student gave and nobody minded: the phrasings that ask for it, and how long it holds.
/// </summary>
internal sealed record AnswerEntry
{
    public string Id { get; init; } = "";
    public IReadOnlyList<string> Questions { get; init; } = [];
    public string Answer { get; init; } = "";
    public string? Language { get; init; }
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>Not served after this.</summary>
    public DateTimeOffset? ValidUntil { get; init; }

    /// <summary>curated or learned.</summary>
    public string Source { get; init; } = Curated;

    /// <summary>Digest of the model that gave a learned answer.</summary>
    public string? Model { get; init; }

    /// <summary>
    /// Of a learned answer: what its question hashes to (<see cref="AnswerStore.KeyOf"/>). The question itself is not kept:
    /// nobody has looked at it.
    /// </summary>
    public string? Key { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    public const string Curated = "curated", Learned = "learned";
    private const int MaxQuestions = 1000, MaxText = 16_384;

    /// <summary>Reads JSON lines {"id"?,"questions":[...],"answer","language"?,"tags"?,"valid_until"?}.</summary>
    /// <exception cref="FormatException">Names the line and what is wrong with it.</exception>
    public static IReadOnlyList<AnswerEntry> Load(string path)
    {
        var entries = new List<AnswerEntry>();
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            AnswerEntry entry;
            try
            {
                entry = JsonSerializer.Deserialize(line, AnswerJson.Default.AnswerEntry)
                    ?? throw new FormatException($"{path}, line {number}: an object, found null");
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                throw new FormatException($"{path}, line {number}: an answer as JSON; {e.Message}", e);
            }
            if (entry.Questions is not { Count: > 0 and <= MaxQuestions }
                || entry.Questions.Any(q => string.IsNullOrWhiteSpace(q) || q.Length > MaxText))
                throw new FormatException($"{path}, line {number}: 1..{MaxQuestions} questions of 1..{MaxText} characters");
            if (string.IsNullOrWhiteSpace(entry.Answer) || entry.Answer.Length > MaxText)
                throw new FormatException($"{path}, line {number}: an answer of 1..{MaxText} characters");
            entries.Add(entry with { Id = string.IsNullOrEmpty(entry.Id) ? $"line-{number}" : entry.Id, Source = Curated });
        }
        return entries;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AnswerEntry))]
internal sealed partial class AnswerJson : JsonSerializerContext;
