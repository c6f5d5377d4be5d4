namespace EdgeAgent.Answers.Matching;

/// <summary>
/// The words of an entry's phrasings. A question with a word that none of them has asks something else, however alike the rest
/// is: so opposites count that no list knows. Han characters are known with a neighbour, since one alone stands in many words.
/// </summary>
internal sealed class Vocabulary
{
    private const double CoreShare = 0.9;
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal); // word -> phrasings that have it
    private readonly HashSet<(string, string)> _pairs = [];
    private int _phrasings;

    public Vocabulary()
    {
    }

    public Vocabulary(IReadOnlyList<string> tokens) => Add(tokens);

    public void Add(IReadOnlyList<string> tokens)
    {
        _phrasings++;
        foreach (var token in tokens.Distinct(StringComparer.Ordinal)) _counts[token] = _counts.GetValueOrDefault(token) + 1;
        for (var i = 1; i < tokens.Count; i++) _pairs.Add((tokens[i - 1], tokens[i]));
    }

    public bool HasAll(IReadOnlyList<string> tokens) => tokens.All(_counts.ContainsKey);

    /// <summary>The first word that is not known and matters; null where there is none.</summary>
    public string? Strange(IReadOnlyList<string> tokens)
    {
        for (var i = 0; i < tokens.Count; i++)
            if (!StopWords.Has(tokens, i) && !Knows(tokens, i)) return tokens[i];
        return null;
    }

    /// <summary>A word that matters and nearly every phrasing has, and these have not; null where there is none.</summary>
    public string? Missing(IReadOnlyList<string> tokens) =>
        _phrasings < 2
            ? null
            : _counts.FirstOrDefault(c =>
                c.Value >= CoreShare * _phrasings && !StopWords.Has(c.Key) && !tokens.Contains(c.Key, StringComparer.Ordinal)).Key;

    private bool Knows(IReadOnlyList<string> tokens, int i)
    {
        if (!_counts.ContainsKey(tokens[i])) return false;
        if (!QuestionText.IsHan(tokens[i][0]) || tokens.Count == 1) return true;
        return i > 0 && _pairs.Contains((tokens[i - 1], tokens[i])) || i + 1 < tokens.Count && _pairs.Contains((tokens[i], tokens[i + 1]));
    }
}
