using System.Text.RegularExpressions;

namespace EdgeAgent.Answers.Matching;

/// <summary>
/// What a question is about: its words without greetings, question words and those that <see cref="CriticalTerms"/> compares
/// (numbers, codes, negation); words that say the same as one, English ones by their stem; turned so that it does not matter which
/// half comes first (急停怎么解除, 怎样解除急停), unless the question says from where to where. Pure.
/// </summary>
internal static partial class QuestionContent
{
    public static string Of(string normal)
    {
        var text = Synonyms.Aggregate(CriticalTerms.WithoutAsking(Handling().Replace(normal, " ")),
            (t, row) => row.Skip(1).Aggregate(t, (u, word) => u.Replace(word, row[0], StringComparison.Ordinal)));
        var tokens = QuestionText.Tokenize(text);
        var words = new List<string>();
        for (var i = 0; i < tokens.Count; i++)
            if (!StopWords.Has(tokens, i) && !CriticalTerms.IsApart(tokens[i]))
                words.Add(SameWord.GetValueOrDefault(tokens[i], Stem(tokens[i])));
        return string.Join(' ', Directed().IsMatch(normal) ? words : Turned(words));
    }

    private static readonly string[][] Synonyms = [["打开", "开启"], ["关闭", "关掉", "关上"], ["更换", "替换"], ["故障", "毛病"]];

    private static readonly Dictionary<string, string> SameWord = new[]
    {
        "start begin starts begins started", "stop halt stops stopped", "close shut closed",
        "mm millimeter millimeters millimetre millimetres", "cm centimeter centimeters", "m meter meters metre metres",
        "kg kilogram kilograms", "g gram grams", "l liter liters litre litres", "s sec seconds", "min minute minutes", "h hour hours",
        "v volt volts", "a amp amps ampere amperes", "w watt watts", "hz hertz",
    }.Select(row => row.Split(' ')).SelectMany(row => row.Select(word => (word, row[0])))
        .ToDictionary(p => p.word, p => p.Item2, StringComparer.Ordinal);

    /// <summary>The rotation that comes first in the alphabet.</summary>
    private static IEnumerable<string> Turned(List<string> words)
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

    /// <summary>A word without the ends of plural and tense: change, changes, changed, changing. Short ones stay.</summary>
    internal static string Stem(string word)
    {
        if (word.Length < MinStemmed || !char.IsAsciiLetterLower(word[0])) return word;
        foreach (var end in Ends)
            if (word.EndsWith(end, StringComparison.Ordinal) && !(end == "s" && word.EndsWith("ss", StringComparison.Ordinal))
                && word.Length - end.Length >= MinStem) return word[..^end.Length];
        return word;
    }

    private const int MinStemmed = 5, MinStem = 4;
    private static readonly string[] Ends = ["ing", "ed", "es", "s", "e"];

    /// <summary>What to do about it: the same as no more than how.</summary>
    [GeneratedRegex("(怎么|如何|怎样|咋)(办|处理|解决|应对)", RegexOptions.CultureInvariant)]
    private static partial Regex Handling();

    [GeneratedRegex("(^|[^a-z])(from|than|between|into|onto|instead)([^a-z]|$)|[从往向比]", RegexOptions.CultureInvariant)]
    private static partial Regex Directed();
}
