using System.Text.Json;
using EdgeAgent.Platform;

namespace EdgeAgent.Evaluation;

/// <summary>A golden prompt: an answer is accepted when it contains every fact of one alternative.</summary>
/// <param name="MaxTokens">Largest answer, tokens.</param>
internal sealed record GoldenPrompt(string Prompt, IReadOnlyList<IReadOnlyList<string>> Accept, int MaxTokens)
{
    private const int DefaultTokens = 128;

    /// <summary>
    /// Reads JSON lines {"prompt","accept":[alternatives],"max_tokens"?}. An alternative is a text, or an array of facts that must
    /// all be in the answer.
    /// </summary>
    /// <exception cref="ModelFileException">A line is malformed; names the line.</exception>
    public static IReadOnlyList<GoldenPrompt> Load(string path)
    {
        var prompts = new List<GoldenPrompt>();
        foreach (var (number, line) in TextFile.ReadLines(path).Index())
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            try
            {
                using var document = JsonDocument.Parse(line);
                var root = document.RootElement;
                prompts.Add(new GoldenPrompt(root.GetProperty("prompt").GetString()!,
                    [.. root.GetProperty("accept").EnumerateArray().Select(Facts)],
                    root.TryGetProperty("max_tokens", out var max) ? max.GetInt32() : DefaultTokens));
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                throw new ModelFileException(path, $"prompt and accept in line {number + 1}", e.Message, e);
            }
        }
        return prompts;
    }

    public bool IsAccepted(string answer) => Accept.Any(a => KeyFacts.Holds(answer, a));

    private static IReadOnlyList<string> Facts(JsonElement accepted) =>
        accepted.ValueKind == JsonValueKind.Array ? [.. accepted.EnumerateArray().Select(f => f.GetString()!)] : [accepted.GetString()!];
}
