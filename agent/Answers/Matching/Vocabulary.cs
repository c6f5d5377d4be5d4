namespace EdgeAgent.Answers.Matching;

/// <summary>
/// The words of an entry's phrasings. A question with a word that none of them has asks something else, however similar the rest
/// is: so opposites count that no list knows. A Han character is known only beside a neighbour, since alone it stands in many words.
/// </summary>
internal sealed class Vocabulary
{
    /// <summary>A word in at least this share of the phrasings belongs to the question.</summary>
    private const double CoreShare = 0.9;

    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal); // word -> phrasings that have it
    private readonly HashSet<(string, string)> _pairs = [];

    public Vocabulary()
    {
    }

    public Vocabulary(IReadOnlyList<string> tokens) => Add(tokens);

    /// <summary>Number of phrasings added.</summary>
    public int Phrasings { get; private set; }

    public void Add(IReadOnlyList<string> tokens)
    {
        Phrasings++;
        foreach (var token in tokens.Distinct(StringComparer.Ordinal)) _counts[token] = _counts.GetValueOrDefault(token) + 1;
        for (var i = 1; i < tokens.Count; i++) _pairs.Add((tokens[i - 1], tokens[i]));
    }

    public bool HasAll(IReadOnlyList<string> tokens) => tokens.All(_counts.ContainsKey);

    /// <summary>The first word, stop words apart, that no phrasing has; null where there is none.</summary>
    public string? Unknown(IReadOnlyList<string> tokens)
    {
        for (var i = 0; i < tokens.Count; i++)
            if (!StopWords.Has(tokens, i) && !Knows(tokens, i)) return tokens[i];
        return null;
    }

    /// <summary>A word, stop words apart, that nearly every phrasing has and these tokens lack; null where there is none.</summary>
    public string? Missing(IReadOnlyList<string> tokens) =>
        Phrasings < 2
            ? null
            : _counts.FirstOrDefault(c => c.Value >= CoreShare * Phrasings && !StopWords.Has(c.Key)
                && !tokens.Contains(c.Key, StringComparer.Ordinal)).Key;

    private bool Knows(IReadOnlyList<string> tokens, int i)
    {
        if (!_counts.ContainsKey(tokens[i])) return false;
        if (!QuestionTokenizer.IsHan(tokens[i][0]) || tokens.Count == 1) return true;
        return i > 0 && _pairs.Contains((tokens[i - 1], tokens[i])) || i + 1 < tokens.Count && _pairs.Contains((tokens[i], tokens[i + 1]));
    }
}
