using System.Text;
using System.Text.Json;
using EdgeAgent.Platform;

namespace EdgeAgent.Evaluation;

/// <summary>One question of a suite: an answer is right when it holds every fact.</summary>
internal sealed record SuiteQuestion(string Question, string Kind, string Language, IReadOnlyList<string> Facts);

/// <summary>A suite: JSON lines {"question","kind","language","facts":[...]}.</summary>
internal static class Suite
{
    public static IReadOnlyList<SuiteQuestion> Load(string path)
    {
        if (!File.Exists(path)) throw new ModelFileException(path, "a suite of JSON lines", "no such file");
        var questions = new List<SuiteQuestion>();
        foreach (var line in File.ReadLines(path))
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            try
            {
                using var document = JsonDocument.Parse(line);
                var root = document.RootElement;
                questions.Add(new SuiteQuestion(root.GetProperty("question").GetString()!, root.GetProperty("kind").GetString()!,
                    root.GetProperty("language").GetString()!,
                    [.. root.GetProperty("facts").EnumerateArray().Select(f => f.GetString()!)]));
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                throw new ModelFileException(path, $"question, kind, language and facts in line {questions.Count + 1}", e.Message, e);
            }
        }
        return questions.Count > 0 ? questions : throw new ModelFileException(path, "at least one question", "none");
    }
}

/// <summary>Scores by key facts: white space, case and the width of punctuation do not matter, everything else does.</summary>
internal static class KeyFacts
{
    public static bool Holds(string answer, IReadOnlyList<string> facts)
    {
        var normal = Normalize(answer);
        return facts.All(f => normal.Contains(Normalize(f), StringComparison.Ordinal));
    }

    private static string Normalize(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var c in UnicodeNormalizer.Normalize(text, NormalizationForm.FormKC))
            if (!char.IsWhiteSpace(c)) result.Append(char.ToLowerInvariant(c));
        return result.ToString();
    }
}
