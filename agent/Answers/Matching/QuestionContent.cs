using System.Text.RegularExpressions;
using EdgeAgent.Platform;

namespace EdgeAgent.Answers.Matching;

/// <summary>
/// What a question is about: its words without stop words and without those that <see cref="CriticalTerms"/> compares (numbers,
/// codes, negation); synonyms as one word, English words by their stem; rotated so that the order of its two halves does not count
/// (急停怎么解除, 怎样解除急停), unless the question says from where to where. Lists: <c>Lexicons/question-content.txt</c>. Pure.
/// </summary>
internal static class QuestionContent
{
    /// <summary>Letters of the shortest word that is stemmed, and of the shortest stem: shorter ones are too ambiguous.</summary>
    private const int MinStemmed = 5, MinStem = 4;

    private static readonly LexiconFile File = Lexicon.Read("question-content.txt");
    private static readonly IReadOnlyList<string[]> HanSynonyms = File.Groups("same-word-han");
    private static readonly string[] Endings = [.. File.Groups("endings").SelectMany(words => words)];
    private static readonly Dictionary<string, string> SameWord = File.Groups("same-word")
        .SelectMany(words => words.Select(word => (word, First: words[0]))).ToDictionary(p => p.word, p => p.First, StringComparer.Ordinal);

    /// <summary>"How to handle it", which asks the same as "how".</summary>
    private static readonly Regex Handling = new(
        string.Join('|', File.Sides("handling-han").Select(sides => string.Concat(sides.Select(words => $"({Any(words)})")))),
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static readonly Regex Directed = new(
        $"(^|[^a-z])({Any(File.Words("direction-words"))})([^a-z]|$)|{Any(File.Words("direction-words-han"))}",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    /// <param name="normal">The normalised text.</param>
    public static string Of(string normal)
    {
        var text = WithOneName(CriticalTerms.WithoutQuestionWords(Handling.Replace(normal, " ")));
        var tokens = QuestionTokenizer.Tokenize(text);
        var words = new List<string>();
        for (var i = 0; i < tokens.Count; i++)
            if (!StopWords.Has(tokens, i) && !CriticalTerms.IsApart(tokens[i]))
                words.Add(SameWord.GetValueOrDefault(tokens[i], Stem(tokens[i])));
        return string.Join(' ', Directed.IsMatch(normal) ? words : Rotated(words));
    }

    /// <summary>The word that stands for an English one and its synonyms; null where it has none.</summary>
    internal static string? Same(string word) => SameWord.GetValueOrDefault(word);

    /// <summary>A text with one word for each group of Chinese synonyms.</summary>
    internal static string WithOneName(string text) => HanSynonyms.Aggregate(text,
        (t, row) => row.Skip(1).Aggregate(t, (u, word) => u.Replace(word, row[0], StringComparison.Ordinal)));

    /// <summary>The rotation that sorts first.</summary>
    private static IEnumerable<string> Rotated(List<string> words)
    {
        var best = 0;
        for (var start = 1; start < words.Count; start++)
            for (var i = 0; i < words.Count; i++)
            {
                var order = string.CompareOrdinal(words[(start + i) % words.Count], words[(best + i) % words.Count]);
                if (order < 0) best = start;
                if (order != 0) break;
            }
        return Enumerable.Range(0, words.Count).Select(i => words[(best + i) % words.Count]);
    }

    /// <summary>A word without its ending of plural or tense: change, changes, changed and changing are one. Short words stay.</summary>
    internal static string Stem(string word)
    {
        if (word.Length < MinStemmed || !char.IsAsciiLetterLower(word[0])) return word;
        foreach (var ending in Endings)
            if (word.EndsWith(ending, StringComparison.Ordinal) && !(ending == "s" && word.EndsWith("ss", StringComparison.Ordinal))
                && word.Length - ending.Length >= MinStem) return word[..^ending.Length];
        return word;
    }

    private static string Any(IEnumerable<string> words) => string.Join('|', words.Select(Regex.Escape));
}
