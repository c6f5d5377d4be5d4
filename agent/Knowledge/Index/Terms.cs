using EdgeAgent.Answers.Matching;

namespace EdgeAgent.Knowledge.Index;

/// <summary>
/// What a text is found by: English words by their stem and one word for its synonyms, pairs of Han characters, whole codes and numbers
/// with their unit. The same for passages and questions; of a question what asks is left out. Pure.
/// </summary>
internal static class Terms
{
    /// <summary>Marks of terms that are codes, and numbers with a unit.</summary>
    public const char CodeMark = '#', FigureMark = '=';

    /// <summary>Letters that stay when an ending of a derived word is taken off.</summary>
    private const int MinStem = 4;

    /// <summary>The stem of a group's first word, by each word of the group and its stem.</summary>
    private static readonly Dictionary<string, string> Synonyms = ReadSynonyms();

    private static readonly IReadOnlyList<string[]> HanSynonyms = TermLexicon.File.Groups("synonyms-han");

    private static readonly (string Phrase, string Word)[] Phrases =
        [.. TermLexicon.File.Sides("phrases").SelectMany(sides => sides[0].Select(phrase => (phrase, sides[1][0])))];

    private static readonly string[] Frames = [.. TermLexicon.File.Words("frames-han").OrderByDescending(w => w.Length)];
    private static readonly HashSet<string> FrameWords = TermLexicon.File.Words("frames");
    private static readonly HashSet<char> Particles = TermLexicon.File.Characters("particles-han");

    /// <summary>The terms of a passage, in their order, each as often as it stands there.</summary>
    public static List<string> OfPassage(string text)
    {
        var normal = OneName(Figures.Normalize(text));
        var terms = Words(normal, isQuestion: false);
        terms.AddRange(Figures.Codes(normal).Select(c => CodeMark + c));
        var figures = Figures.Of(normal);
        terms.AddRange(figures.Where(f => f.Unit.Length > 0).Select(f => $"{FigureMark}{f.Number}{f.Unit}"));
        terms.AddRange(Quantities.OfPassage(normal, figures));
        return terms;
    }

    /// <summary>The distinct terms of a question.</summary>
    /// <param name="isKnown">Whether any passage has a term: a code that is written apart (SP 14) counts only where one has it.</param>
    public static List<string> OfQuestion(string text, Func<string, bool> isKnown)
    {
        var normal = OneName(Figures.Normalize(text));
        var spaced = Figures.SpacedCodes(normal).Where(c => isKnown(CodeMark + c.Joined)).ToList();
        var codes = Figures.Codes(normal).Select(c => CodeMark + c).Concat(spaced.Select(c => CodeMark + c.Joined));
        var figures = Figures.Of(normal).Where(f => f.Unit.Length > 0).Select(f => $"{FigureMark}{f.Number}{f.Unit}");
        var words = spaced.Aggregate(normal, (t, c) => t.Replace(c.Written, " ", StringComparison.Ordinal));
        var asked = Frames.Aggregate(words, (t, f) => t.Replace(f, " ", StringComparison.Ordinal));
        return [.. codes.Concat(figures).Concat(Words(asked, isQuestion: true)).Concat(Quantities.OfQuestion(normal)).Distinct()];
    }

    private static string OneName(string normal)
    {
        foreach (var (phrase, word) in Phrases) normal = normal.Replace(phrase, word, StringComparison.Ordinal);
        if (normal.AsSpan().ContainsAnyInRange('\u4e00', '\u9fff'))
            foreach (var words in HanSynonyms)
                for (var i = 1; i < words.Length; i++) normal = normal.Replace(words[i], words[0], StringComparison.Ordinal);
        return normal;
    }

    private static List<string> Words(string normal, bool isQuestion)
    {
        var tokens = QuestionTokenizer.Tokenize(normal);
        var terms = new List<string>(tokens.Count);
        var run = 0; // Han characters in a row before this token
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            if (IsContent(token, isQuestion))
            {
                if (run > 0) terms.Add(tokens[i - 1] + token);
                else if (i + 1 == tokens.Count || !IsContent(tokens[i + 1], isQuestion)) terms.Add(token); // alone among others
                run++;
                continue;
            }
            run = 0;
            if (token.Length == 1 && !char.IsAsciiLetterOrDigit(token[0])) continue;
            if (isQuestion && (StopWords.Has(tokens, i) || FrameWords.Contains(token))) continue;
            terms.Add(Stem(token));
        }
        return terms;
    }

    /// <summary>Whether a token is a Han character, in a question one that says something.</summary>
    private static bool IsContent(string token, bool isQuestion) =>
        token.Length == 1 && QuestionTokenizer.IsHan(token[0]) && !(isQuestion && Particles.Contains(token[0]));

    /// <summary>The stem of a word; of one with synonyms that of its group's first.</summary>
    internal static string Stem(string word)
    {
        if (word.EndsWith("'s", StringComparison.Ordinal)) word = word[..^2];
        word = QuestionContent.Same(word) ?? word;
        if (Synonyms.TryGetValue(word, out var same)) return same;
        var stem = Reduced(word);
        return Synonyms.GetValueOrDefault(stem, stem);
    }

    /// <summary>A word without the endings of plural, tense and derivation: bearings, bear; fitted, fit; installation, install.</summary>
    private static string Reduced(string word)
    {
        if (word.Length == 0 || !char.IsAsciiLetterLower(word[0])) return word;
        if (word.Length >= MinStem && word[^1] == 's' && word[^2] != 's') word = word[..^1];
        var stem = QuestionContent.Stem(word);
        if (stem.Length < word.Length && stem.Length >= MinStem && stem[^1] == stem[^2]
            && stem[^1] is not ('l' or 's' or 'z' or 'e' or 'o')) stem = stem[..^1];
        foreach (var ending in (ReadOnlySpan<string>)["ation", "ment", "ion", "at"])
            if (stem.Length - ending.Length >= MinStem && stem.EndsWith(ending, StringComparison.Ordinal))
                return QuestionContent.Stem(stem[..^ending.Length]);
        return stem;
    }

    private static Dictionary<string, string> ReadSynonyms()
    {
        var stems = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var words in TermLexicon.File.Groups("synonyms"))
            foreach (var word in words)
            {
                stems[word] = Reduced(words[0]);
                stems.TryAdd(Reduced(word), Reduced(words[0]));
            }
        return stems;
    }
}
