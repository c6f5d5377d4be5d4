namespace EdgeAgent.Answers.Matching;

/// <summary>A phrasing of an entry's question.</summary>
internal sealed record Phrasing(string EntryId, string Question);

/// <summary>What is like a question: the nearest phrasing, how near, and what speaks against it.</summary>
internal sealed record Similarity(Phrasing? Phrasing, double Score, string Reason);

/// <summary>
/// Finds phrasings that mean the same as a question by the words, word pairs and characters they share, weighted by how rare
/// those are (TF-IDF, cosine). Serves only where the nearest phrasings agree, nothing critical differs and nothing else is near.
/// Built once; immutable and safe for concurrent use.
/// </summary>
internal sealed class SimilarityIndex
{
    private const int Nearest = 32, MaxPostings = 4000;
    private readonly List<(Phrasing Phrasing, IReadOnlyList<string> Tokens, CriticalTerms Critical)> _phrasings = [];
    private readonly Dictionary<string, (float Idf, List<(int Phrasing, float Weight)> Postings)> _features = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _exact = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<int>> _contents = new(StringComparer.Ordinal); // phrasings by what they are about
    private readonly Dictionary<string, List<int>> _codes = new(StringComparer.Ordinal); // phrasings by the codes they name
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, float>> _byEntry = new(StringComparer.Ordinal);
    private readonly Dictionary<string, float> _mass = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Vocabulary> _words = new(StringComparer.Ordinal);
    private readonly SimilarityOptions _options;
    private readonly float _unknownIdf;

    public SimilarityIndex(IReadOnlyCollection<Phrasing> phrasings, QuestionReader reader, SimilarityOptions options)
    {
        _options = options;
        var vectors = new List<Dictionary<string, float>>();
        Parallel.ForEach(phrasings, phrasing => reader.Phrasing(phrasing.Question));
        foreach (var phrasing in phrasings)
        {
            var text = reader.Phrasing(phrasing.Question);
            if (text.Tokens.Count == 0) continue;
            // the same words for two entries answer neither
            _exact[text.Key] = _exact.TryGetValue(text.Key, out var other) && other != phrasing.EntryId ? "" : phrasing.EntryId;
            _phrasings.Add((phrasing, text.Tokens, text.Critical));
            Put(_contents, text.Content);
            foreach (var code in text.Critical.Codes) Put(_codes, code);
            vectors.Add(Features(text.Tokens));
            if (!_words.TryGetValue(phrasing.EntryId, out var words)) _words[phrasing.EntryId] = words = new Vocabulary();
            words.Add(text.Tokens);
            _counts[phrasing.EntryId] = _counts.GetValueOrDefault(phrasing.EntryId) + 1;
        }
        for (var i = 0; i < vectors.Count; i++)
        {
            var id = _phrasings[i].Phrasing.EntryId;
            foreach (var (feature, weight) in vectors[i])
            {
                if (feature[0] == 'c') continue;
                if (!_byEntry.TryGetValue(feature, out var entries))
                    _byEntry[feature] = entries = new Dictionary<string, float>(StringComparer.Ordinal);
                entries[id] = entries.GetValueOrDefault(id) + weight;
                _mass[id] = _mass.GetValueOrDefault(id) + weight;
            }
        }
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var feature in vectors.SelectMany(v => v.Keys)) counts[feature] = counts.GetValueOrDefault(feature) + 1;
        float Idf(int n) => MathF.Log((_phrasings.Count + 1f) / (n + 0.5f));
        _unknownIdf = Idf(0);
        for (var i = 0; i < vectors.Count; i++)
        {
            var norm = MathF.Sqrt(vectors[i].Sum(f => Square(f.Value * Idf(counts[f.Key]))));
            foreach (var (feature, weight) in vectors[i])
            {
                if (!_features.TryGetValue(feature, out var entry)) _features[feature] = entry = (Idf(counts[feature]), []);
                entry.Postings.Add((i, weight * entry.Idf / norm));
            }
        }
    }

    /// <summary>Puts the phrasing taken in last under a key.</summary>
    private void Put(Dictionary<string, List<int>> index, string key)
    {
        if (!index.TryGetValue(key, out var under)) index[key] = under = [];
        under.Add(_phrasings.Count - 1);
    }

    /// <summary>Whether an answer has phrasings enough for them to vote.</summary>
    private bool Votes(string entry) => _counts[entry] >= _options.VotingPhrasings;

    public int Count => _phrasings.Count;

    /// <summary>The entry whose phrasing is this question, but for spelling; null where there is none.</summary>
    public string? Exact(QuestionText question) => _exact.TryGetValue(question.Key, out var id) && id.Length > 0 ? id : null;

    /// <summary>The phrasing a question may be answered by; none (null) with the reason why not.</summary>
    public Similarity Find(QuestionText text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Tokens.Count == 0) return new Similarity(null, 0, "empty");
        if (SameContent(text) is { } content) return new Similarity(content, ContentScore, "the same but for little words");
        if (OnlyCode(text) is { } named) return new Similarity(named, CodeScore, "no other answer has this code");
        var vector = Features(text.Tokens);
        double norm = 0, unknown = 0;
        var scores = new Dictionary<int, float>();
        foreach (var (feature, weight) in vector)
        {
            var isKnown = _features.TryGetValue(feature, out var entry);
            var w = weight * (isKnown ? entry.Idf : _unknownIdf);
            norm += w * w;
            if (!isKnown) unknown += feature[0] == 'w' ? 1 : 0;
            if (!isKnown || entry.Postings.Count > MaxPostings) continue;
            foreach (var (phrasing, value) in entry.Postings) scores[phrasing] = scores.GetValueOrDefault(phrasing) + w * value;
        }
        norm = Math.Sqrt(norm);
        var nearest = scores.OrderByDescending(s => s.Value).Take(Nearest).Select(s => (Index: s.Key, Score: s.Value / norm)).ToList();
        if (nearest.Count == 0) return new Similarity(null, 0, "nothing is like it");
        var score = nearest[0].Score;
        // each entry's vote: its nearest phrasings, the first one counting most
        var votes = nearest.GroupBy(n => _phrasings[n.Index].Phrasing.EntryId)
            .Select(g => (Entry: g.Key, Vote: Vote([.. g.Select(n => n.Score)], _counts[g.Key]))).OrderByDescending(v => v.Vote).ToList();
        var (entry1, vote) = votes[0];
        var other = votes.Count > 1 ? votes[1].Vote : 0;
        var same = nearest.Where(n => _phrasings[n.Index].Phrasing.EntryId == entry1).ToList();
        var agreeing = same.Where(n => _phrasings[n.Index].Critical.Agrees(text.Critical)).ToList();
        if (score < _options.MinScore)
            return new Similarity(null, score, $"the nearest is at {score:F2}, {_options.MinScore:F2} is needed");
        if (agreeing.Count == 0) return new Similarity(null, score, "numbers, names, negation or direction differ");
        if (_words[entry1].Strange(text.Tokens) is { } strange)
            return new Similarity(null, score, $"the answer's phrasings do not know '{strange}'");
        if (_words[entry1].Missing(text.Tokens) is { } missing)
            return new Similarity(null, score, $"'{missing}' is in the answer's phrasings");
        var (near, twin) = (agreeing[0], agreeing[0]);
        if (!Votes(entry1))
        {
            // of few phrasings one must say no more than the question does
            var said = new Vocabulary(text.Tokens);
            twin = agreeing.FirstOrDefault(n => said.Strange(_phrasings[n.Index].Tokens) is null, (Index: -1, Score: 0));
            if (twin.Index < 0)
                return new Similarity(null, score, $"'{said.Strange(_phrasings[near.Index].Tokens)}' is in the nearest phrasing");
        }
        var met = _phrasings[twin.Index];
        // few phrasings are too few to vote: one that is nearly the question, in words the entry has, will do
        if (!Votes(entry1) && near.Score >= _options.SureScore && _words[entry1].HasAll(text.Tokens)
            && InOrder(text.Tokens, _phrasings[near.Index].Tokens) >= _options.SureOrder
            && near.Score - nearest.Where(n => _phrasings[n.Index].Phrasing.EntryId != entry1).Select(n => n.Score).FirstOrDefault()
                >= _options.MinMargin)
            return new Similarity(met.Phrasing, Math.Min(1, near.Score), "like");
        if (vote < _options.MinVote)
            return new Similarity(null, score, $"too few phrasings are near: {vote:F2}, {_options.MinVote:F2} is needed");
        if (vote - other < _options.MinMargin) return new Similarity(null, score, $"another answer is near, at {other:F2}");
        var (bayes, bayesMargin) = Bayes(vector);
        if (bayes != entry1 || bayesMargin < _options.MinLead)
            return new Similarity(null, score, "the words together speak for another answer");
        // where one or two phrasings are all there is, they must be nearly the question itself, in the same order
        if (_counts[entry1] < _options.FewPhrasings
            && (twin.Score < _options.FewScore || unknown > 0 || InOrder(text.Tokens, met.Tokens) < _options.FewOrder))
            return new Similarity(null, score, "the answer has few phrasings, and none is near enough");
        return new Similarity(met.Phrasing, Math.Min(1, twin.Score), "like");
    }

    /// <summary>
    /// The phrasing that is about the same and agrees in what matters, if all such phrasings are one answer's; null where there is
    /// none. Answers with many phrasings have their votes instead, which tell near ones apart.
    /// </summary>
    private Phrasing? SameContent(QuestionText text)
    {
        if (text.Content.Length < MinContent && text.Critical.Codes.Count == 0 || !_contents.TryGetValue(text.Content, out var about))
            return null;
        Phrasing? found = null;
        foreach (var i in about)
        {
            if (!_phrasings[i].Critical.Agrees(text.Critical)) continue;
            if (found is not null && found.EntryId != _phrasings[i].Phrasing.EntryId) return null;
            found ??= _phrasings[i].Phrasing;
        }
        return found is null || Votes(found.EntryId) ? null : found;
    }

    /// <summary>
    /// A phrasing of the one answer whose phrasings name the question's alarm or part (letters with digits), if the question says
    /// nothing else that they do not; null where there is none.
    /// </summary>
    private Phrasing? OnlyCode(QuestionText text)
    {
        string? entry = null;
        List<int> naming = [];
        foreach (var code in text.Critical.Codes.Where(c => c.Any(char.IsAsciiDigit) && c.Any(char.IsAsciiLetter)))
        {
            if (!_codes.TryGetValue(code, out naming!)) return null;
            entry ??= _phrasings[naming[0]].Phrasing.EntryId;
            if (naming.Exists(i => _phrasings[i].Phrasing.EntryId != entry)) return null;
        }
        if (entry is null || Votes(entry) || _words[entry].Strange(text.Tokens) is not null) return null;
        // one that agrees names every code of the question, so it is among those that name the last
        foreach (var i in naming)
            if (_phrasings[i].Critical.Agrees(text.Critical)) return _phrasings[i].Phrasing;
        return null;
    }

    private const double CodeScore = 0.9;

    /// <summary>Content shorter than this (two Han characters and a blank) says too little without a code.</summary>
    private const int MinContent = 3;

    private const double ContentScore = 0.95;

    /// <summary>
    /// Share of the longer text's tokens that both have in the same order (longest common subsequence); 0 where shared ones stand
    /// in another order.
    /// </summary>
    private static double InOrder(IReadOnlyList<string> a, IReadOnlyList<string> b)
    {
        var row = new int[b.Count + 1];
        for (var i = 0; i < a.Count; i++)
            for (int j = 0, diagonal = 0; j < b.Count; j++)
            {
                var above = row[j + 1];
                row[j + 1] = a[i] == b[j] ? diagonal + 1 : Math.Max(row[j + 1], row[j]);
                diagonal = above;
            }
        // words that both have but in another order turn a question round: from A to B is not from B to A
        var shared = b.GroupBy(t => t).Sum(g => Math.Min(g.Count(), a.Count(t => t == g.Key)));
        return row[b.Count] < shared ? 0 : (double)row[b.Count] / Math.Max(a.Count, b.Count);
    }

    /// <summary>The likeliest entry by the words of its phrasings together (naive Bayes), and by how much a word it leads.</summary>
    private (string Entry, double Margin) Bayes(Dictionary<string, float> vector)
    {
        var scores = _mass.ToDictionary(m => m.Key, _ => 0.0, StringComparer.Ordinal);
        double mass = 0;
        foreach (var (feature, weight) in vector)
        {
            if (feature[0] == 'c' || !_byEntry.TryGetValue(feature, out var entries)) continue;
            mass += weight;
            foreach (var (id, count) in entries) scores[id] += weight * Math.Log(1 + count / Smoothing);
        }
        if (mass == 0) return ("", 0);
        foreach (var (id, total) in _mass) scores[id] -= mass * Math.Log(total + Smoothing * _byEntry.Count);
        var (best, first, second) = ("", double.NegativeInfinity, double.NegativeInfinity);
        foreach (var (id, score) in scores)
            if (score > first) (best, first, second) = (id, score, first);
            else if (score > second) second = score;
        return (best, (first - second) / mass);
    }

    private const double Smoothing = 0.1;

    private static readonly double[] VoteWeights = [1, 0.8, 0.6, 0.4, 0.2];

    private static double Vote(IReadOnlyList<double> scores, int phrasings)
    {
        double sum = 0, weights = 0;
        for (var i = 0; i < Math.Min(VoteWeights.Length, phrasings); i++)
        {
            sum += i < scores.Count ? VoteWeights[i] * scores[i] : 0;
            weights += VoteWeights[i];
        }
        return sum / weights;
    }

    private static float Square(float x) => x * x;

    /// <summary>Words, pairs of words and pairs and triples of characters; Han characters count as words, their pairs as well.</summary>
    private static Dictionary<string, float> Features(IReadOnlyList<string> tokens)
    {
        var features = new Dictionary<string, float>(StringComparer.Ordinal);
        void Add(string feature, float weight) => features[feature] = Math.Max(features.GetValueOrDefault(feature), weight);
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            var isHan = token.Length == 1 && QuestionText.IsHan(token[0]);
            Add($"w{token}", isHan ? 0.5f : 1);
            if (i + 1 < tokens.Count) Add($"p{token} {tokens[i + 1]}", isHan ? 1 : 0.6f);
            if (isHan || token.Length < 4) continue;
            for (var k = 0; k + 4 <= token.Length; k++) Add($"c{token.AsSpan(k, 4)}", 0.35f);
        }
        return features;
    }
}

/// <summary>When a question counts as another phrasing of one that has an answer.</summary>
internal sealed record SimilarityOptions
{
    /// <summary>Least cosine with the nearest phrasing, 0..1.</summary>
    public double MinScore { get; init; } = 0.45;

    /// <summary>
    /// Least weighted mean of the cosines with the entry's five nearest phrasings, 0..1, and its least lead over another entry's.
    /// </summary>
    public double MinVote { get; init; } = 0.45;

    public double MinMargin { get; init; } = 0.17;

    /// <summary>Least lead by naive Bayes, nats a word.</summary>
    public double MinLead { get; init; } = 0.3;

    /// <summary>
    /// Entries with fewer phrasings than this must be met by a phrasing at <see cref="FewScore"/>, with <see cref="FewOrder"/> of
    /// its words in the same order.
    /// </summary>
    public int FewPhrasings { get; init; } = 5;

    /// <summary>
    /// Entries with fewer phrasings than this need no vote where one phrasing is at <see cref="SureScore"/>, with
    /// <see cref="SureOrder"/> of its words in the same order, and the entry has all words of the question.
    /// </summary>
    public int VotingPhrasings { get; init; } = 20;

    public double SureScore { get; init; } = 0.8;

    public double SureOrder { get; init; } = 0.8;

    public double FewScore { get; init; } = 0.9;

    public double FewOrder { get; init; } = 0.9;
}
