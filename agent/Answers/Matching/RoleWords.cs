using EdgeAgent.Platform;

namespace EdgeAgent.Answers.Matching;

/// <summary>The English function words and verb forms by which roles are read (<c>Lexicons/roles.txt</c>). Pure.</summary>
internal static class RoleWords
{
    /// <summary>Letters of the shortest stem.</summary>
    private const int MinStem = 2;

    private static readonly LexiconFile File = Lexicon.Read("roles.txt");

    private static readonly HashSet<string> Arguments = File.Words("arguments"), Circumstances = File.Words("circumstances"),
        Be = File.Words("be"), Become = File.Words("become"), Do = File.Words("do"), Auxiliaries = File.Words("auxiliaries"),
        Determiners = File.Words("determiners"), Asker = File.Words("asker"), Addressee = File.Words("addressee"),
        Prepositions = File.Words("prepositions"), Conjunctions = File.Words("conjunctions"), Amounts = File.Words("amounts"),
        NoParticiples = File.Words("no-participles"), NamedByCode = File.Words("named-by-code"),
        PlainParticiples = File.Words("plain-participles"),
        Adverbs = File.Words("adverbs"), NoAdverbs = File.Words("no-adverbs");

    private static readonly Dictionary<string, string> Pronouns = FirstOf("pronouns"), Irregular = FirstOf("irregular-verbs");

    /// <summary>Phrases around a question, each as its words, the longest first.</summary>
    public static IReadOnlyList<string[]> Openings { get; } = Phrases("openings");

    /// <inheritdoc cref="Openings"/>
    public static IReadOnlyList<string[]> Closings { get; } = Phrases("closings");

    public static bool IsArgument(string word) => Arguments.Contains(word);

    public static bool IsCircumstance(string word) => Circumstances.Contains(word);

    public static bool IsAmount(string word) => Amounts.Contains(word);

    public static bool IsBe(string word) => Be.Contains(word);

    public static bool IsBecome(string word) => Become.Contains(word);

    public static bool IsDo(string word) => Do.Contains(word);

    /// <summary>Whether a word only carries tense, mood or voice: be, do, can, have.</summary>
    public static bool IsAuxiliary(string word) => Auxiliaries.Contains(word) || Be.Contains(word) || Do.Contains(word);

    public static bool IsDeterminer(string word) => Determiners.Contains(word);

    public static bool IsAsker(string word) => Asker.Contains(word);

    public static bool IsAddressee(string word) => Addressee.Contains(word);

    public static bool IsPronoun(string word) => Pronouns.ContainsKey(word);

    public static bool IsPreposition(string word) => Prepositions.Contains(word);

    public static bool IsConjunction(string word) => Conjunctions.Contains(word);

    public static bool IsNamedByCode(string word) => NamedByCode.Contains(word);

    /// <summary>Whether a word may stand anywhere and takes no part: still, directly.</summary>
    public static bool IsAdverb(string word) =>
        Adverbs.Contains(word) || word.Length > 4 && word.EndsWith("ly", StringComparison.Ordinal) && !NoAdverbs.Contains(word);

    /// <summary>Whether a word names a thing, a deed or a quality: no function word.</summary>
    public static bool IsContent(string word) => !(IsAuxiliary(word) || IsDeterminer(word) || IsPreposition(word) || IsConjunction(word)
        || IsArgument(word) || IsCircumstance(word) || IsAsker(word) || IsPronoun(word) || IsAddressee(word) || word is "that" or "not");

    /// <summary>Whether a word begins a noun group, so that it is no verb.</summary>
    public static bool BeginsNoun(string word) =>
        IsDeterminer(word) || IsAsker(word) || IsAddressee(word) || IsPronoun(word) || word is "that";

    /// <summary>Whether a word may be a participle of the passive wherever it stands.</summary>
    public static bool IsParticiple(string word) => word.EndsWith("ed", StringComparison.Ordinal) && word.Length > 3
        ? !NoParticiples.Contains(word)
        : Irregular.TryGetValue(word, out var verb) && verb != word && !IsAuxiliary(word) && word[^1] != 's' && !IsProgressive(word);

    /// <summary>Whether a word is a verb's participle and its present: hit, cut.</summary>
    public static bool IsPlainParticiple(string word) => PlainParticiples.Contains(word);

    public static bool IsProgressive(string word) => word.Length > 4 && word.EndsWith("ing", StringComparison.Ordinal);

    /// <summary>One form for a word's number, tense and case: drives, drove, driven and driving are one.</summary>
    public static string Stem(string word)
    {
        if (Pronouns.TryGetValue(word, out var pronoun)) return pronoun;
        if (Irregular.TryGetValue(word, out var verb)) return Regular(verb);
        return Regular(word);
    }

    private static string Regular(string word)
    {
        if (word.Length < 4 || !word.All(char.IsAsciiLetterLower) || NoParticiples.Contains(word)) return word;
        if (Cut(word, "ies") is { } y || (y = Cut(word, "ied")) is not null) return $"{y}y";
        var stem = Cut(word, "ing") ?? Cut(word, "ed");
        // a doubled consonant was one before the ending: stopped, stop
        if (stem is not null && stem.Any(c => "aeiouy".Contains(c, StringComparison.Ordinal)))
            return stem.Length > 3 && stem[^1] == stem[^2] && stem[^1] is not ('l' or 's') ? stem[..^1] : stem.TrimEnd('e');
        if (word.EndsWith("ss", StringComparison.Ordinal) || word.EndsWith("us", StringComparison.Ordinal)) return word;
        if (Cut(word, "es") is { } es && (es[^1] is 's' or 'x' or 'z' || es.EndsWith("ch", StringComparison.Ordinal)
            || es.EndsWith("sh", StringComparison.Ordinal))) return es.TrimEnd('e');
        return (Cut(word, "s") ?? word).TrimEnd('e');
    }

    private static string? Cut(string word, string ending) =>
        word.Length - ending.Length >= MinStem && word.EndsWith(ending, StringComparison.Ordinal) ? word[..^ending.Length] : null;

    private static Dictionary<string, string> FirstOf(string section) => File.Groups(section)
        .SelectMany(words => words.Select(word => (word, First: words[0]))).ToDictionary(p => p.word, p => p.First, StringComparer.Ordinal);

    private static string[][] Phrases(string section) =>
        [.. File.Words(section).Select(phrase => phrase.Split(' ')).OrderByDescending(words => words.Length)];
}
