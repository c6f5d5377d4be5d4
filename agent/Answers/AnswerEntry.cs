using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeAgent.Answers.Matching;
using EdgeAgent.Answers.Storage;
using EdgeAgent.Platform;

namespace EdgeAgent.Answers;

/// <summary>A stored answer, curated or learned: the phrasings that ask for it, and how long it is valid.</summary>
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

    /// <summary>
    /// Digest of the model that gave a learned answer, and behind a slash the version of the library that was asked first.
    /// </summary>
    public string? Model { get; init; }

    /// <summary>
    /// Of a learned answer: the hash of its question (<see cref="AnswerStore.KeyOf"/>). The question itself is not kept, since
    /// nobody has reviewed it.
    /// </summary>
    public string? Key { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    public const string Curated = "curated", Learned = "learned";

    /// <summary>Phrasings of one answer, and characters of a phrasing or an answer.</summary>
    private const int MaxQuestions = 1000, MaxText = 16_384;

    /// <summary>
    /// Reads a correction {"id"?,"questions":[...],"answer","language"?,"tags"?,"valid_until"?}; without an id, the first
    /// question names it.
    /// </summary>
    /// <exception cref="FormatException">It is no answer; the message says what was expected.</exception>
    public static AnswerEntry Parse(ReadOnlySpan<byte> json)
    {
        AnswerEntry? entry;
        try
        {
            entry = JsonSerializer.Deserialize(json, AnswerJson.Default.AnswerEntry);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException($"an answer as JSON; {e.Message}", e);
        }
        if (Problem(entry) is { } problem) throw new FormatException(problem);
        return AsCurated(entry!, QuestionText.Of(entry!.Questions[0]).Key);
    }

    /// <summary>Reads a file of JSON lines, each as <see cref="Parse"/> reads it; without an id, the line's number names it.</summary>
    /// <exception cref="FormatException">Names the line and what was expected there: JSON, and UTF-8.</exception>
    public static IReadOnlyList<AnswerEntry> Load(string path)
    {
        var entries = new List<AnswerEntry>();
        var number = 0;
        foreach (var line in TextFile.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            AnswerEntry? entry;
            try
            {
                entry = JsonSerializer.Deserialize(line, AnswerJson.Default.AnswerEntry);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                throw new FormatException($"{path}, line {number}: an answer as JSON; {e.Message}", e);
            }
            if (Problem(entry) is { } problem) throw new FormatException($"{path}, line {number}: {problem}");
            entries.Add(AsCurated(entry!, $"line-{number}"));
        }
        return entries;
    }

    /// <summary>
    /// What is wrong with an entry that somebody wrote, as what was expected; null where nothing is. JSON may hold null wherever a
    /// type here excludes it.
    /// </summary>
    internal static string? Problem(AnswerEntry? entry)
    {
        if (entry is null) return "an object, found null";
        if (entry.Questions is not { Count: > 0 and <= MaxQuestions }
            || entry.Questions.Any(q => string.IsNullOrWhiteSpace(q) || q.Length > MaxText))
            return $"1..{MaxQuestions} questions of 1..{MaxText} characters";
        if (string.IsNullOrWhiteSpace(entry.Answer) || entry.Answer.Length > MaxText) return $"an answer of 1..{MaxText} characters";
        return entry.Tags?.Any(tag => tag is null) == true ? "tags that are texts, found null" : null;
    }

    /// <summary>What <see cref="Model"/> holds of a student with that digest, beside a library of that version.</summary>
    internal static string ModelOf(string digest, string library) => library.Length == 0 ? digest : $"{digest}/{library}";

    /// <summary>Whether the student with that digest gave it, beside whatever library.</summary>
    internal bool IsOf(string digest) => Model is { } model
        && (model == digest || model.StartsWith(digest + "/", StringComparison.Ordinal));

    private static AnswerEntry AsCurated(AnswerEntry entry, string name) => entry with
    {
        Id = string.IsNullOrEmpty(entry.Id) ? name : entry.Id,
        Source = Curated,
        Model = null,
        Key = null,
    };
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AnswerEntry))]
internal sealed partial class AnswerJson : JsonSerializerContext;
