using System.Text.RegularExpressions;
using EdgeAgent.Platform;

namespace EdgeAgent.Answers.Matching;

/// <summary>
/// Reads the roles of a Chinese question: 被 and 由 are turned round, 把 and its kind are marked, question words that take part stay in
/// their place, and what stands before 怎么 may also stand behind the verb (急停怎么解除, 怎样解除急停). Pure.
/// </summary>
internal static partial class ChineseRoles
{
    private static readonly LexiconFile File = Lexicon.Read("roles.txt");
    private static readonly string[] People = [.. File.Words("people-han")];

    /// <summary>Words in the order in which they are searched, each with its kind; the longest first.</summary>
    private static readonly (string Word, Kind Kind)[] Known =
    [
        .. new[]
        {
            ("not-passive-han", Kind.Plain), ("not-object-han", Kind.Plain), ("adverbs-han", Kind.Adverb), ("arguments-han", Kind.Argument),
            ("passive-han", Kind.Passive), ("object-han", Kind.Object), ("named-by-code-han", Kind.Plain),
        }.SelectMany(s => File.Words(s.Item1).Select(word => (word, s.Item2))).OrderByDescending(w => w.word.Length),
    ];

    private static readonly HashSet<string> Handling = File.Words("handling-han");
    private static readonly char[] Particles = ['呢', '啊', '吧', '呀', '的', '了', '吗', ' '];

    private static readonly Regex CodeBehind = new(
        $"({string.Join('|', File.Words("named-by-code-han").OrderByDescending(w => w.Length))})\\s*(?<c>[a-z0-9_-]*[0-9][a-z0-9_-]*)",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private enum Kind
    {
        Plain,
        Adverb,
        Argument,
        Passive,
        Object,
    }

    private readonly record struct Part(string Text, Kind Kind);

    /// <summary>The ways to read a text, each its words and characters in order, with marks.</summary>
    /// <param name="normal">The normalised text.</param>
    public static IReadOnlyList<IReadOnlyList<string>> Read(string normal)
    {
        var text = QuestionContent.WithOneName(normal).Replace("一下", "", StringComparison.Ordinal);
        text = CodeBehind.Replace(text, "${c}$1");
        List<string> plain = [], turned = [];
        foreach (var clause in Breaks().Split(text))
        {
            var parts = WithoutHandling(Parts(clause));
            var (inOrder, rotated) = Clause(parts);
            plain.AddRange(Items(inOrder));
            turned.AddRange(Items(rotated));
        }
        return plain.SequenceEqual(turned) ? [plain] : [plain, turned];
    }

    private static List<Part> Parts(string clause)
    {
        var parts = new List<Part>();
        for (var i = 0; i < clause.Length;)
        {
            var known = Array.Find(Known, w => string.CompareOrdinal(clause, i, w.Word, 0, w.Word.Length) == 0);
            var part = known.Word is null ? new Part(clause[i].ToString(), Kind.Plain) : new Part(known.Word, known.Kind);
            i += part.Text.Length;
            if (part.Kind == Kind.Plain && parts.Count > 0 && parts[^1].Kind == Kind.Plain)
                parts[^1] = new Part(parts[^1].Text + part.Text, Kind.Plain);
            else parts.Add(part);
        }
        return parts;
    }

    /// <summary>The parts without "how to handle it" at the end: 怎么办, 如何处理.</summary>
    private static List<Part> WithoutHandling(List<Part> parts) =>
        parts is [.., (_, Kind.Adverb), (var last, Kind.Plain)] && Handling.Contains(last.TrimEnd(Particles)) ? parts[..^2] : parts;

    /// <summary>A clause in the order agent, deed, patient, and once more with what stands before the adverb behind the verb.</summary>
    private static (List<Part> InOrder, List<Part> Rotated) Clause(List<Part> parts)
    {
        var passive = parts.FindIndex(p => p.Kind == Kind.Passive);
        if (passive >= 0 && passive + 1 < parts.Count)
        {
            List<Part> turned = [.. parts[(passive + 1)..], .. parts[..passive]];
            return (turned, turned);
        }
        var adverb = parts.FindIndex(p => p.Kind == Kind.Adverb);
        if (adverb < 0) return (parts, parts);
        List<Part> before = parts[..adverb], after = parts[(adverb + 1)..];
        // a person before the adverb may be the one who acts
        if (before.Count == 0 || after.Count == 0 || IsPerson(before[^1].Text)) return (parts, parts);
        return (parts, [.. after, .. before]);
    }

    private static bool IsPerson(string text) => Array.Exists(People, word => text.EndsWith(word, StringComparison.Ordinal));

    private static IEnumerable<string> Items(List<Part> parts)
    {
        var isFirst = true;
        foreach (var (text, kind) in parts)
        {
            if (kind is Kind.Adverb or Kind.Passive) continue;
            if (kind == Kind.Argument) yield return $"?{text[0]}";
            // without an agent before it 把 changes nothing: 怎么把急停解除
            else if (kind == Kind.Object && !isFirst) yield return $"{QuestionRoles.Mark}{text}";
            else if (kind == Kind.Plain)
                foreach (var token in QuestionTokenizer.Tokenize(text))
                    if (!QuestionTokenizer.IsHan(token[0]) || !StopWords.Has(token))
                    {
                        isFirst = false;
                        yield return token;
                    }
            if (kind == Kind.Argument) isFirst = false;
        }
    }

    [GeneratedRegex("[，。？！、；：,;?!:]+", RegexOptions.CultureInvariant)]
    private static partial Regex Breaks();
}
