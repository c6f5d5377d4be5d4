using System.Text;
using EdgeAgent.Platform;

namespace EdgeAgent.Evaluation;

/// <summary>Scores answers by key facts. White space, case and the width of characters do not matter; everything else does.</summary>
internal static class KeyFacts
{
    /// <summary>Whether the answer contains every fact.</summary>
    public static bool Holds(string answer, IReadOnlyList<string> facts)
    {
        var normalized = Normalize(answer);
        return facts.All(f => normalized.Contains(Normalize(f), StringComparison.Ordinal));
    }

    private static string Normalize(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var c in UnicodeNormalizer.Normalize(text, NormalizationForm.FormKC))
            if (!char.IsWhiteSpace(c)) result.Append(char.ToLowerInvariant(c));
        return result.ToString();
    }
}
