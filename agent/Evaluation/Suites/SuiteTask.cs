using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Inference.Sampling;

namespace EdgeAgent.Evaluation.Suites;

/// <summary>One item of a suite as a student is asked it.</summary>
/// <param name="Id">Unique within the suite.</param>
/// <param name="Turns">What the user says, turn by turn; one text where the item is completed instead of answered.</param>
/// <param name="IsChat">Through the chat template; otherwise the student goes on from the text.</param>
internal sealed record SuiteTask(string Id, IReadOnlyList<string> Turns, bool IsChat, SamplingOptions Sampling);

/// <summary>What a student said to an item.</summary>
/// <param name="Texts">One for each turn.</param>
/// <param name="Error">Why there is no answer, such as a prompt that exceeds the context; null where there is one.</param>
internal sealed record SuiteOutput(string Id, IReadOnlyList<string> Texts, long Tokens, string? Error)
{
    public string Last => Texts.Count > 0 ? Texts[^1] : "";

    public string ToLine() => new JsonObject
    {
        ["id"] = Id,
        ["outputs"] = new JsonArray([.. Texts.Select(t => (JsonNode)t)]),
        ["tokens"] = Tokens,
        ["error"] = Error,
    }.ToJsonString();

    /// <summary>Null where the line holds no output.</summary>
    public static SuiteOutput? Parse(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            return new SuiteOutput(root.GetProperty("id").GetString()!,
                [.. root.GetProperty("outputs").EnumerateArray().Select(t => t.GetString()!)], root.GetProperty("tokens").GetInt64(),
                root.GetProperty("error").GetString());
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}

/// <summary>A figure of a suite with its 95 % confidence interval.</summary>
/// <param name="Name">What is measured, such as strict or pass@1.</param>
/// <param name="Value">A share 0..1, or a mean in the suite's own unit.</param>
/// <param name="Of">Items.</param>
internal sealed record SuiteScore(string Name, double Value, double Low, double High, int Of)
{
    public static SuiteScore Count(string name, int hits, int of) => From(name, new Share(hits, of));

    public static SuiteScore From(string name, Share share) => new(name, share.Value, share.Low, share.High, share.Of);

    /// <summary>A mean with the interval of the normal approximation, clipped to the range of the unit.</summary>
    public static SuiteScore Mean(string name, IReadOnlyList<double> values, double min, double max)
    {
        ArgumentNullException.ThrowIfNull(values);
        var mean = values.Average();
        var variance = values.Count > 1 ? values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1) : 0;
        var half = Share.Z * Math.Sqrt(variance / values.Count);
        return new SuiteScore(name, mean, Math.Max(min, mean - half), Math.Min(max, mean + half), values.Count);
    }
}

/// <summary>What came out of a suite.</summary>
/// <param name="Scores">The first one is the one that a gate reads.</param>
/// <param name="Notes">Sentences for the reader, such as what could not be measured and why.</param>
internal sealed record SuiteResult(IReadOnlyList<SuiteScore> Scores, IReadOnlyList<string> Notes);

/// <summary>A suite: items, and how answers to them are scored.</summary>
internal interface ISuite
{
    string Name { get; }

    /// <summary>Lowest first score that a gate accepts, in the score's unit; null where the suite has none of its own.</summary>
    double? Threshold { get; }

    /// <summary>Everything that decides the prompts beside the items, such as worked examples; recorded with the outputs.</summary>
    JsonObject Recipe { get; }

    IReadOnlyList<SuiteTask> Tasks { get; }

    /// <param name="outputs">By id; an item without one counts as wrong.</param>
    Task<SuiteResult> ScoreAsync(IReadOnlyDictionary<string, SuiteOutput> outputs, CancellationToken cancellationToken);
}
