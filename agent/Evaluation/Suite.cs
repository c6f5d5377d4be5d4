using System.Text.Json;
using EdgeAgent.Platform;

namespace EdgeAgent.Evaluation;

/// <summary>One question of a suite: an answer is right when it contains every fact.</summary>
internal sealed record SuiteQuestion(string Question, string Kind, string Language, IReadOnlyList<string> Facts);

/// <summary>A suite: JSON lines {"question","kind","language","facts":[...]}.</summary>
internal static class Suite
{
    /// <exception cref="ModelFileException">Missing, empty, or a line is malformed; names the line.</exception>
    public static IReadOnlyList<SuiteQuestion> Load(string path)
    {
        if (!File.Exists(path)) throw new ModelFileException(path, "a suite of JSON lines", "no such file");
        var questions = new List<SuiteQuestion>();
        foreach (var (number, line) in TextFile.ReadLines(path).Index())
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
                throw new ModelFileException(path, $"question, kind, language and facts in line {number + 1}", e.Message, e);
            }
        }
        return questions.Count > 0 ? questions : throw new ModelFileException(path, "at least one question", "none");
    }
}
