using System.Text.Json;
using EdgeAgent.Platform;

namespace EdgeAgent.Evaluation;

/// <summary>One question about documents: where its answer stands and what it must say; without a document none answers it.</summary>
/// <param name="Page">Null where the document has no pages.</param>
/// <param name="Section">A part of the section's path that must be met; null: any.</param>
internal sealed record DocsQuestion(string Question, string Kind, string Language, string? Document, int? Page, string? Section,
    IReadOnlyList<string> Facts)
{
    /// <summary>Another document that says something of it too, otherwise: to cite it is right; null without one.</summary>
    public string? Also { get; init; }
}

/// <summary>
/// A suite about documents: JSON lines {"question","kind","language","document"?,"page"?,"section"?,"facts"?:[...],"also"?}.
/// </summary>
internal static class DocsSuite
{
    /// <exception cref="ModelFileException">Missing, empty, or a line is malformed; names the line.</exception>
    public static IReadOnlyList<DocsQuestion> Load(string path)
    {
        if (!File.Exists(path)) throw new ModelFileException(path, "a suite of JSON lines", "no such file");
        var questions = new List<DocsQuestion>();
        foreach (var (number, line) in TextFile.ReadLines(path).Index())
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            try
            {
                using var document = JsonDocument.Parse(line);
                questions.Add(Read(document.RootElement));
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                throw new ModelFileException(path, $"question, kind and language in line {number + 1}", e.Message, e);
            }
        }
        return questions.Count > 0 ? questions : throw new ModelFileException(path, "at least one question", "none");
    }

    private static DocsQuestion Read(JsonElement root) => new(
        root.GetProperty("question").GetString()!, root.GetProperty("kind").GetString()!,
        root.GetProperty("language").GetString()!, Text(root, "document"),
        root.TryGetProperty("page", out var page) && page.ValueKind == JsonValueKind.Number ? page.GetInt32() : null, Text(root, "section"),
        root.TryGetProperty("facts", out var facts) ? [.. facts.EnumerateArray().Select(f => f.GetString()!)] : [])
    {
        Also = Text(root, "also")
    };

    private static string? Text(JsonElement root, string name) => root.TryGetProperty(name, out var value) ? value.GetString() : null;
}
