using EdgeAgent.Privacy;

namespace EdgeAgent.Answers.Matching;

/// <summary>
/// What similarity counts in a question: words, pairs of neighbours, and pieces of words, which meet inflected and misspelled words.
/// </summary>
internal enum FeatureKind : byte
{
    Word,
    Pair,
    Piece,
}

/// <summary>
/// The features of a text with their kinds and weights. Weights were chosen on held-out phrasings of Banking77 and CLINC150. Pure.
/// </summary>
internal static class QuestionFeatures
{
    private const float Word = 1, HanCharacter = 0.5f, Pair = 0.6f, HanPair = 1, Piece = 0.35f;

    /// <summary>Letters of a piece.</summary>
    private const int PieceLength = 4;

    public static Dictionary<string, (FeatureKind Kind, float Weight)> Of(IReadOnlyList<string> tokens)
    {
        var features = new Dictionary<string, (FeatureKind Kind, float Weight)>(StringComparer.Ordinal);
        void Add(string feature, FeatureKind kind, float weight) =>
            features[feature] = (kind, Math.Max(features.GetValueOrDefault(feature).Weight, weight));
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            var isHan = token.Length == 1 && QuestionTokenizer.IsHan(token[0]);
            Add($"w{token}", FeatureKind.Word, isHan ? HanCharacter : Word);
            if (i + 1 < tokens.Count) Add($"p{token} {tokens[i + 1]}", FeatureKind.Pair, isHan ? HanPair : Pair);
            // the hash in a stand-in changes with every start: its pieces would make scores differ from run to run
            if (isHan || Scrubbed.IsStandIn(token)) continue;
            for (var k = 0; k + PieceLength <= token.Length; k++) Add($"c{token.AsSpan(k, PieceLength)}", FeatureKind.Piece, Piece);
        }
        return features;
    }
}
