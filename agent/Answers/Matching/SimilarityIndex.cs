using EdgeAgent.Privacy;

namespace EdgeAgent.Answers.Matching;

/// <summary>
/// Finds phrasings that mean the same as a question by the words, word pairs and characters they share. A phrasing is taken only
/// where the nearest phrasings agree, nothing critical differs and no other entry is near. Immutable; safe for concurrent use.
/// </summary>
internal sealed class SimilarityIndex
{
    /// <summary>Scores of the matches that need no cosine: by content, and by the only entry that names a code.</summary>
    private const double ContentScore = 0.95, CodeScore = 0.9;

    private const string RolesDiffer = "who does what to whom differs, or the order of the words";

    /// <summary>Characters of the shortest content that says enough without a code (two Han characters and a blank).</summary>
    private const int MinContent = 3;

    /// <summary>Weights of an entry's nearest phrasings in its vote, the nearest first.</summary>
    private static readonly double[] VoteWeights = [1, 0.8, 0.6, 0.4, 0.2];

    private readonly List<IndexedEntry> _entries;
    private readonly List<(Phrasing Phrasing, PhrasingText Read)> _phrasings = []; // those of one entry follow each other
    private readonly int[] _entryOf; // [phrasings]: the place of their entry
    private readonly Dictionary<string, string> _exact = new(StringComparer.Ordinal); // key -> entry id; "" where two entries share it
    private readonly Dictionary<string, int> _byContent = new(StringComparer.Ordinal); // content -> first phrasing with it
    private readonly int[] _sameContent; // [phrasings]: the next phrasing with the same content; -1: none
    private readonly Dictionary<string, List<int>> _byCode = new(StringComparer.Ordinal);
    private readonly FeatureVocabulary _features;
    private readonly TfIdf _tfIdf;
    private readonly NaiveBayes _bayes;
    private readonly SimilarityOptions _options;

    /// <param name="features">The vocabulary that numbers the entries' features.</param>
    public SimilarityIndex(IEnumerable<IndexedEntry> entries, FeatureVocabulary features, SimilarityOptions options)
    {
        (_features, _options) = (features, options);
        _entries = [.. entries.Where(e => e.Phrasings.Count > 0)];
        _phrasings.EnsureCapacity(_entries.Sum(e => e.Phrasings.Count));
        foreach (var entry in _entries) _phrasings.AddRange(entry.Phrasings);
        _exact.EnsureCapacity(_phrasings.Count);
        _byContent.EnsureCapacity(_phrasings.Count);
        (_entryOf, _sameContent) = (new int[_phrasings.Count], new int[_phrasings.Count]);
        for (int entry = 0, i = 0; entry < _entries.Count; entry++)
            foreach (var (_, read) in _entries[entry].Phrasings)
            {
                _entryOf[i] = entry;
                AddKeys(i++, read.Text);
            }
        // backwards, so that phrasings with the same content are met in their order
        for (var i = _phrasings.Count - 1; i >= 0; i--)
        {
            _sameContent[i] = _byContent.GetValueOrDefault(TextOf(i).Content, -1);
            _byContent[TextOf(i).Content] = i;
        }
        var vectors = _phrasings.ConvertAll(p => p.Read.Features);
        var index = new FeatureIndex(vectors, features.Count);
        _tfIdf = new TfIdf(index, vectors);
        _bayes = new NaiveBayes(index, vectors, _entryOf);
    }

    private void AddKeys(int phrasing, QuestionText text)
    {
        var id = EntryOf(phrasing).Id;
        // the same words for two entries answer neither
        _exact[text.Key] = _exact.TryGetValue(text.Key, out var other) && other != id ? "" : id;
        foreach (var code in text.Critical.Codes)
        {
            if (!_byCode.TryGetValue(code, out var naming)) _byCode[code] = naming = [];
            naming.Add(phrasing);
        }
    }

    /// <summary>The entry whose phrasing is this question, but for spelling; null where there is none.</summary>
    public string? Exact(QuestionText question) => _exact.TryGetValue(question.Key, out var id) && id.Length > 0 ? id : null;

    /// <summary>The phrasing that may answer a question, or why none may.</summary>
    public Similarity Find(QuestionText question)
    {
        ArgumentNullException.ThrowIfNull(question);
        if (question.Tokens.Count == 0) return new Similarity(null, 0, "the question has no words");
        if (SameContent(question) is { } same) return new Similarity(same, ContentScore, "the same but for stop words and word order");
        if (OnlyCode(question) is { } named) return new Similarity(named, CodeScore, "the only answer with this code");
        var features = _features.Read(question.Tokens);
        var (nearest, unknownWords) = _tfIdf.Find(features);
        if (nearest.Count == 0) return new Similarity(null, 0, "no phrasing shares a word");
        return Decide(question, features, nearest, unknownWords);
    }

    /// <summary>Whether an entry has enough phrasings for them to vote.</summary>
    private bool Votes(IndexedEntry entry) => entry.Phrasings.Count >= _options.VotingPhrasings;

    private IndexedEntry EntryOf(int phrasing) => _entries[_entryOf[phrasing]];

    private QuestionText TextOf(int phrasing) => _phrasings[phrasing].Read.Text;

    /// <summary>Applies the rules in order; the first that objects is the reason.</summary>
    private Similarity Decide(QuestionText question, Feature[] features, IReadOnlyList<(int Phrasing, double Score)> nearest,
        int unknownWords)
    {
        var score = nearest[0].Score;
        Similarity No(string reason) => new(null, score, reason);
        var votes = Votes(nearest);
        var (entry, vote) = votes[0];
        if (score < _options.MinScore) return No($"the nearest phrasing scores {score:F2}, below {_options.MinScore:F2}");
        var agreeing = nearest.Where(n => EntryOf(n.Phrasing) == entry && TextOf(n.Phrasing).Critical.Agrees(question.Critical))
            .ToList();
        if (agreeing.Count == 0) return No("numbers, names, negation or direction differ");
        if (!KeepsRoles(question, entry, nearest.Select(n => n.Phrasing))) return No(RolesDiffer);
        if (!Votes(entry)) agreeing.RemoveAll(n => !TextOf(n.Phrasing).Roles.Agrees(question.Roles));
        if (agreeing.Count == 0) return No(RolesDiffer);
        if (entry.Vocabulary.Unknown(question.Tokens) is { } unknown) return No($"the answer's phrasings lack '{Shown(unknown)}'");
        if (entry.Vocabulary.Missing(question.Tokens) is { } missing)
            return No($"the question lacks '{Shown(missing)}', which the answer's phrasings have");
        var match = agreeing[0];
        if (!Votes(entry))
        {
            // with few phrasings, one of them must say no more than the question does
            var said = new Vocabulary(question.Tokens);
            match = agreeing.FirstOrDefault(n => said.Unknown(TextOf(n.Phrasing).Tokens) is null, (Phrasing: -1, Score: 0));
            if (match.Phrasing < 0)
                return No($"the question lacks '{Shown(said.Unknown(TextOf(agreeing[0].Phrasing).Tokens)!)}', which the nearest " +
                    "phrasing has");
        }
        var yes = new Similarity(_phrasings[match.Phrasing].Phrasing, Math.Min(1, match.Score), "similar");
        if (!Votes(entry) && IsSure(question, nearest, entry, agreeing[0]))
            return yes with { Score = Math.Min(1, agreeing[0].Score) };
        if (vote < _options.MinVote) return No($"the answer's phrasings vote {vote:F2}, below {_options.MinVote:F2}");
        var other = votes.Count > 1 ? votes[1].Vote : 0;
        if (vote - other < _options.MinMargin) return No($"another answer is near, at {other:F2}");
        var (likeliest, lead) = _bayes.Find(features);
        if (likeliest < 0 || _entries[likeliest] != entry || lead < _options.MinLead)
            return No("the words together speak for another answer");
        return entry.Phrasings.Count >= _options.FewPhrasings || IsNearlyTheSame(question, match, unknownWords)
            ? yes : No("the answer has few phrasings, and none is near enough");
    }

    /// <summary>Each entry's vote, the highest first: the weighted mean of its nearest phrasings' scores.</summary>
    private List<(IndexedEntry Entry, double Vote)> Votes(IReadOnlyList<(int Phrasing, double Score)> nearest) =>
    [
        .. nearest.GroupBy(n => EntryOf(n.Phrasing))
            .Select(g => (Entry: g.Key, Vote: Vote([.. g.Select(n => n.Score)], g.Key.Phrasings.Count)))
            .OrderByDescending(v => v.Vote),
    ];

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

    /// <summary>Whether the nearest phrasing is so near, in words the entry has and in their order, that no vote is needed.</summary>
    private bool IsSure(QuestionText question, IReadOnlyList<(int Phrasing, double Score)> nearest, IndexedEntry entry,
        (int Phrasing, double Score) near) =>
        near.Score >= _options.SureScore && entry.Vocabulary.HasAll(question.Tokens)
        && WordOrder.Agreement(question.Tokens, TextOf(near.Phrasing).Tokens) >= _options.SureOrder
        && near.Score - nearest.Where(n => EntryOf(n.Phrasing) != entry).Select(n => n.Score).FirstOrDefault() >= _options.MinMargin;

    /// <summary>What an entry of one or two phrasings asks for: one of them is nearly the question itself, in the same order.</summary>
    private bool IsNearlyTheSame(QuestionText question, (int Phrasing, double Score) match, int unknownWords) =>
        match.Score >= _options.FewScore && unknownWords == 0
        && WordOrder.Agreement(question.Tokens, TextOf(match.Phrasing).Tokens) >= _options.FewOrder;

    /// <summary>
    /// The phrasing with the same content and critical terms, if all such phrasings belong to one entry; null where there is none.
    /// Entries with many phrasings have their votes instead, which tell near entries apart.
    /// </summary>
    private Phrasing? SameContent(QuestionText question)
    {
        if (question.Content.Length < MinContent && question.Critical.Codes.Count == 0
            || !_byContent.TryGetValue(question.Content, out var i)) return null;
        var found = -1;
        for (; i >= 0; i = _sameContent[i])
        {
            if (!MeansTheSame(i, question)) continue;
            if (found >= 0 && _entryOf[found] != _entryOf[i]) return null;
            if (found < 0) found = i;
        }
        return found < 0 || Votes(EntryOf(found)) ? null : _phrasings[found].Phrasing;
    }

    /// <summary>
    /// A phrasing of the one entry whose phrasings name the question's alarm or part (letters with digits), if the question says
    /// nothing else that they do not; null where there is none.
    /// </summary>
    private Phrasing? OnlyCode(QuestionText question)
    {
        IndexedEntry? entry = null;
        List<int> naming = [];
        foreach (var code in question.Critical.Codes.Where(c => c.Any(char.IsAsciiDigit) && c.Any(char.IsAsciiLetter)))
        {
            if (!_byCode.TryGetValue(code, out naming!)) return null;
            entry ??= EntryOf(naming[0]);
            if (naming.Exists(i => EntryOf(i) != entry)) return null;
        }
        if (entry is null || Votes(entry) || entry.Vocabulary.Unknown(question.Tokens) is not null) return null;
        // a phrasing that agrees names every code of the question, so it is among those that name the last one
        foreach (var i in naming)
            if (MeansTheSame(i, question) && KeepsRoles(question, entry, naming)) return _phrasings[i].Phrasing;
        return null;
    }

    /// <summary>Whether neither critical terms nor roles differ.</summary>
    private bool MeansTheSame(int phrasing, QuestionText question) =>
        TextOf(phrasing).Critical.Agrees(question.Critical) && TextOf(phrasing).Roles.Agrees(question.Roles);

    /// <summary>Whether an entry's phrasings, those near the question, say that it does not ask the reverse.</summary>
    private bool KeepsRoles(QuestionText question, IndexedEntry entry, IEnumerable<int> near) =>
        question.Roles.AreKeptBy(near.Where(i => EntryOf(i) == entry).Select(i => TextOf(i).Roles), Votes(entry));

    /// <summary>A word as a reason may show it: a value that was taken out by its type.</summary>
    private static string Shown(string word) => Scrubbed.IsStandIn(word) ? $"<{Scrubbed.StandInType(word)}>" : word;
}
