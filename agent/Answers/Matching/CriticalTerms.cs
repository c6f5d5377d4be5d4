using System.Globalization;
using EdgeAgent.Platform;

namespace EdgeAgent.Answers.Matching;

/// <summary>
/// What turns a question into another one although most of its words stay: numbers, codes, units, negation, direction,
/// opposites, who and when (<c>Lexicons/critical-terms.txt</c>). Two questions that disagree in them never share an answer by
/// similarity. Immutable.
/// </summary>
internal sealed class CriticalTerms
{
    private static readonly LexiconFile File = Lexicon.Read("critical-terms.txt");
    private static readonly HashSet<string> Negations = File.Words("negations"), Measures = File.Words("measures");
    private static readonly string[] HanNegations = [.. File.Words("negations-han")];

    /// <summary>Each word's kind: words of one kind count as the same.</summary>
    private static readonly Dictionary<string, int> Kinds = File.Sides("opposites").Concat(File.Sides("units")).SelectMany(side => side)
        .SelectMany((words, kind) => words.Select(word => (word, kind))).ToDictionary(p => p.word, p => p.kind, StringComparer.Ordinal);

    /// <summary>The same for Chinese, in the order in which words are searched: the longest first.</summary>
    private static readonly (string Word, int Kind)[] HanKinds =
    [
        .. File.Sides("opposites-han").SelectMany(side => side)
            .SelectMany((words, i) => words.Select(word => (Word: word, Kind: FirstHanKind + i))).OrderByDescending(p => p.Word.Length),
    ];

    private static readonly IReadOnlyList<string[][]> Directions = File.Sides("directions");

    /// <summary>A direction word's line and the bit of its side.</summary>
    private static readonly Dictionary<string, (int Group, int Bit)> DirectionBits = Directions
        .SelectMany((sides, group) => sides.SelectMany((words, bit) => words.Select(word => (word, group, bit))))
        .ToDictionary(p => p.word, p => (p.group, 1 << p.bit), StringComparer.Ordinal);

    private static readonly IReadOnlyList<string[]> HanQuestionWords = File.Groups("question-words-han");

    /// <summary>Number of the first Chinese kind; greater than any Latin one.</summary>
    private const int FirstHanKind = 1000;

    /// <summary>The kind of an even number of negations; that of an odd number is one less.</summary>
    private const int NegationKind = -1;

    /// <summary>A short run of consonants, at most this many letters, is a code (plc, vfd, b).</summary>
    private const int MaxConsonantCode = 3;

    private readonly string _strict;
    private readonly int[] _directions; // bits of the sides that occur, by line of the lexicon; the Chinese question words come last

    private CriticalTerms(string strict, IReadOnlyList<string> codes, int[] directions) =>
        (_strict, Codes, _directions) = (strict, codes, directions);

    /// <summary>Numbers and codes, in their order, in one spelling.</summary>
    public IReadOnlyList<string> Codes { get; }

    /// <summary>
    /// Whether numbers, codes, units, negations and opposites are the same, and no direction word (in, on, what) meets its opposite:
    /// one question may have such a word and the other none.
    /// </summary>
    public bool Agrees(CriticalTerms other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (_strict != other._strict) return false;
        for (var i = 0; i < _directions.Length; i++)
            if ((_directions[i] & ~other._directions[i]) != 0 && (other._directions[i] & ~_directions[i]) != 0) return false;
        return true;
    }

    /// <summary>The critical terms of a question: kinds sorted, numbers and codes in their order.</summary>
    /// <param name="text">The normalised text.</param>
    /// <param name="capital">A lone capital letter that names something; empty where there is none.</param>
    internal static CriticalTerms Of(string text, IReadOnlyList<string> tokens, string capital)
    {
        var kinds = new SortedSet<int>();
        var codes = new List<string>();
        var directions = new int[Directions.Count + 1];
        var negations = 0;
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            if (HasDigit(token)) codes.Add(Code(token));
            else if (IsNegation(token)) negations++;
            // one letter is a unit behind a number only: a pump is no ampere
            else if (Kinds.TryGetValue(token, out var kind) && (token.Length > 1 || i > 0 && char.IsAsciiDigit(tokens[i - 1][^1])))
                kinds.Add(kind);
            else if (DirectionBits.TryGetValue(token, out var word)) directions[word.Group] |= word.Bit;
            else if (token.Length <= MaxConsonantCode && token.All(char.IsAsciiLetter) && !token.Any(IsVowel)) codes.Add(token);
        }
        if (text.Any(QuestionTokenizer.IsHan))
        {
            negations += HanNegations.Sum(negation => Occurrences(text, negation));
            AddHan(text, kinds, ref directions[^1]);
        }
        if (capital.Length > 0) codes.Add(capital);
        if (negations > 0) kinds.Add(NegationKind - negations % 2);
        return new CriticalTerms($"{string.Join(',', kinds)}|{string.Join(',', codes)}", codes, directions);
    }

    /// <summary>The text without its Chinese question words.</summary>
    internal static string WithoutQuestionWords(string text)
    {
        foreach (var words in HanQuestionWords)
            foreach (var word in words) text = text.Replace(word, " ", StringComparison.Ordinal);
        return text;
    }

    /// <summary>Whether a word is compared here and nowhere else: a number, a code, a negation, or a measure that is asked for.</summary>
    internal static bool IsApart(string token) => HasDigit(token) || IsNegation(token) || IsMeasure(token);

    /// <summary>Whether a word is what is asked for behind "how": often, much.</summary>
    internal static bool IsMeasure(string token) => Measures.Contains(token);

    private static bool HasDigit(string token) => token.AsSpan().ContainsAnyInRange('0', '9');

    private static bool IsNegation(string token) => Negations.Contains(token) || token.EndsWith("n't", StringComparison.Ordinal);

    /// <summary>Searches Chinese question words, then opposites; what one word has taken the next ones do not find.</summary>
    private static void AddHan(string text, SortedSet<int> kinds, ref int questionWords)
    {
        for (var i = 0; i < HanQuestionWords.Count; i++)
            foreach (var word in HanQuestionWords[i])
                if (Takes(ref text, word)) questionWords |= 1 << i;
        foreach (var (word, kind) in HanKinds)
            if (Takes(ref text, word)) kinds.Add(kind);
    }

    private static bool Takes(ref string text, string word)
    {
        if (!text.Contains(word, StringComparison.Ordinal)) return false;
        text = text.Replace(word, " ", StringComparison.Ordinal);
        return true;
    }

    /// <summary>How often a word occurs, overlaps counted.</summary>
    private static int Occurrences(string text, string word)
    {
        var count = 0;
        for (var at = text.IndexOf(word, StringComparison.Ordinal); at >= 0; at = text.IndexOf(word, at + 1, StringComparison.Ordinal))
            count++;
        return count;
    }

    /// <summary>A number or code in one spelling: 3.0 is 3, sp-14 is sp14.</summary>
    private static string Code(string token) =>
        decimal.TryParse(token.Replace(",", "", StringComparison.Ordinal), NumberStyles.Number, CultureInfo.InvariantCulture,
            out var number)
            ? number.ToString("0.#########", CultureInfo.InvariantCulture)
            : token.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);

    private static bool IsVowel(char c) => c is 'a' or 'e' or 'i' or 'o' or 'u' or 'y';
}
