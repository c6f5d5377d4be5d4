using System.Buffers;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace EdgeAgent.Knowledge.Index;

/// <summary>A passage that was found.</summary>
/// <param name="Passage">Its place among the indexed ones.</param>
/// <param name="Score">BM25 with fields; comparable within one question.</param>
/// <param name="Coverage">Share of the question's weight that its terms have, 0..1.</param>
/// <param name="Asked">Number of the question's terms, kinds of figures aside.</param>
/// <param name="Missing">Those of its terms that it lacks, kinds of figures among them.</param>
internal sealed record PassageHit(int Passage, double Score, double Coverage, int Asked, IReadOnlyList<string> Missing);

/// <summary>
/// Which passages speak of what a question asks: BM25 over body, section and title, whole codes and looked-up keys first. Arrays without
/// references; immutable; safe for concurrent use.
/// </summary>
internal sealed class PassageIndex
{
    /// <summary>
    /// BM25's saturation and length normalization (Robertson and Zaragoza 2009 give 1.2 and 0.75; passages are of like length, hence
    /// less), and how much a term counts in a heading or a title, in occurrences.
    /// </summary>
    private const float K1 = 1.2f, B = 0.5f, SectionWeight = 1.2f, TitleWeight = 0.4f;

    /// <summary>
    /// How much more a code and a number with its unit weigh than a word, and what a passage gains whose key is asked for.
    /// </summary>
    private const float CodeWeight = 2.5f, FigureWeight = 1.5f, KeyGain = 8;

    /// <summary>See <see cref="UnknownShare"/>. Chosen on the reference cell's suite, where neighbours give the same results.</summary>
    private const float UnknownWord = 0.6f, UnknownHan = 0.25f;

    /// <summary>Letters that a word has in common with one that stands in for it, and by how many that one is longer.</summary>
    private const int MinBeginning = 5, MaxLonger = 3;

    /// <summary>Passages of one page or section among the results; the others speak of the same.</summary>
    private const int MaxOfOnePlace = 2;

    /// <summary>Terms by their hash of 64 bits: of ten million, two are the same with a chance of 1 in 300,000.</summary>
    private readonly Dictionary<ulong, int> _terms = [];

    private readonly List<string> _words = []; // those of Latin letters, while the index is built
    private readonly Dictionary<string, List<int>> _keys = new(StringComparer.Ordinal);
    private readonly string[] _sorted; // the words of Latin letters, in ordinal order
    private readonly int[] _starts; // [terms + 1]
    private readonly int[] _passages; // [postings], rising within a term
    private readonly Half[] _impacts; // [postings]: the term's saturated frequency there
    private readonly long[] _places; // [passages]: equal for passages of one page or section

    /// <param name="documents">Each document's title and passages, in order; a passage is named by its place among all.</param>
    public PassageIndex(IEnumerable<(string Title, IReadOnlyList<Passage> Passages)> documents)
    {
        var rows = new List<(int Term, float Body, float Fields)[]>();
        var lengths = new List<int>();
        var places = new List<long>();
        foreach (var (number, (title, passages)) in documents.Index())
        {
            var titleTerms = Terms.OfPassage(title);
            foreach (var passage in passages)
            {
                if (passage.Key is { } key)
                    foreach (var name in KeysOf(key))
                        (CollectionsMarshal.GetValueRefOrAddDefault(_keys, name, out _) ??= []).Add(rows.Count);
                places.Add(((long)number << 32) | (uint)(passage.Page ?? string.GetHashCode(passage.Section, StringComparison.Ordinal)));
                var body = Terms.OfPassage(passage.Text);
                lengths.Add(body.Count);
                rows.Add(Row(body, Terms.OfPassage(passage.Section), titleTerms));
            }
        }
        _places = [.. places];
        var average = lengths.Count == 0 ? 1 : (float)lengths.Average();
        _sorted = [.. _words.Order(StringComparer.Ordinal)];
        _words = [];
        _terms.TrimExcess();
        (_starts, _passages, _impacts) = Invert(rows, lengths, average);
    }

    public int Count => _places.Length;

    public bool Has(string term) => _terms.ContainsKey(KeyOf(term));

    private static ulong KeyOf(string term) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes(term.AsSpan()));

    /// <summary>The best passages for a question, the best first.</summary>
    /// <param name="allowed">Which passages may be found; null: all.</param>
    public IReadOnlyList<PassageHit> Find(string question, int count, Func<int, bool>? allowed = null)
    {
        var terms = Terms.OfQuestion(question, Has).ConvertAll(Known).Distinct().ToList();
        if (Count == 0 || terms.Count == 0) return [];
        var scores = ArrayPool<float>.Shared.Rent(Count);
        var covered = ArrayPool<float>.Shared.Rent(Count);
        Array.Clear(scores, 0, Count);
        Array.Clear(covered, 0, Count);
        float all = 0;
        foreach (var term in terms)
        {
            var postings = Postings(term);
            var weight = Weight(term) * Idf(postings.Length);
            all += weight * (postings.Length > 0 ? 1 : UnknownShare(term));
            for (var i = 0; i < postings.Length; i++)
            {
                var at = postings.Start + i;
                scores[_passages[at]] += weight * (float)_impacts[at];
                covered[_passages[at]] += weight;
            }
        }
        foreach (var passage in Keyed(question, terms)) scores[passage] += KeyGain * Idf(1);
        var hits = Best(scores, count, allowed).Select(p => new PassageHit(p, scores[p], covered[p] / all,
                terms.Count(t => t[0] != Quantities.Mark), Missing(p, terms)))
            .ToList();
        ArrayPool<float>.Shared.Return(scores);
        ArrayPool<float>.Shared.Return(covered);
        return hits;
    }

    /// <summary>
    /// The term itself where a passage has it; else, of a word, the most frequent one that begins alike: an inflected form, a slip at
    /// its end.
    /// </summary>
    private string Known(string term)
    {
        if (term.Length < MinBeginning + 1 || !char.IsAsciiLetterLower(term[0]) || Has(term)) return term;
        var beginning = term[..Math.Max(MinBeginning, term.Length - 2)];
        var (best, most) = (term, 0);
        var at = Array.BinarySearch(_sorted, beginning, StringComparer.Ordinal);
        for (var i = at < 0 ? ~at : at; i < _sorted.Length && _sorted[i].StartsWith(beginning, StringComparison.Ordinal); i++)
            if (_sorted[i].Length <= term.Length + MaxLonger && Postings(_sorted[i]).Length is var count && count > most)
                (best, most) = (_sorted[i], count);
        return best;
    }

    /// <summary>
    /// What a term that no passage has counts in the coverage: all of a code or figure; less of a word, which may be the asker's own for
    /// something that the passage names; little of two Han characters, which may belong to different words.
    /// </summary>
    private static float UnknownShare(string term) => term[0] switch
    {
        Terms.CodeMark or Terms.FigureMark => 1,
        >= '\u4e00' => UnknownHan,
        _ => UnknownWord
    };

    private static float Weight(string term) => term[0] switch
    {
        Terms.CodeMark => CodeWeight,
        Terms.FigureMark => FigureWeight,
        _ => 1
    };

    /// <summary>Passages whose key the question names.</summary>
    private IEnumerable<int> Keyed(string question, List<string> terms)
    {
        if (_keys.Count == 0) return [];
        var numbers = Figures.Of(Figures.Normalize(question)).Where(f => f.Unit.Length == 0).Select(f => f.Number);
        return terms.Where(t => t[0] == Terms.CodeMark).Select(t => t[1..]).Concat(numbers).Distinct()
            .SelectMany(k => _keys.TryGetValue(k, out var passages) ? passages : []).Distinct();
    }

    /// <summary>Names of a key: its codes, or the number that it is.</summary>
    private static IEnumerable<string> KeysOf(string key)
    {
        var normal = Figures.Normalize(key);
        return Figures.Codes(normal).Concat(Figures.SpacedCodes(normal).Select(c => c.Joined))
            .Concat(Figures.Of(normal).Select(f => f.Number)).Distinct();
    }

    private List<string> Missing(int passage, List<string> terms) => terms.FindAll(term =>
    {
        var (start, length) = Postings(term);
        return Array.BinarySearch(_passages, start, length, passage) < 0;
    });

    private List<int> Best(float[] scores, int count, Func<int, bool>? allowed)
    {
        var best = new PriorityQueue<int, (float, int)>();
        var kept = Math.Max(16, 6 * count); // more than asked for, as some share a place
        for (var i = 0; i < Count; i++)
        {
            if (scores[i] <= 0 || best.Count == kept && best.TryPeek(out _, out var least) && scores[i] <= least.Item1) continue;
            if (allowed?.Invoke(i) == false) continue;
            best.Enqueue(i, (scores[i], -i));
            if (best.Count > kept) best.Dequeue();
        }
        var result = new List<int>();
        var places = new Dictionary<long, int>();
        foreach (var passage in best.UnorderedItems.OrderByDescending(p => p.Priority).Select(p => p.Element))
        {
            var seen = CollectionsMarshal.GetValueRefOrAddDefault(places, _places[passage], out _)++;
            if (seen < MaxOfOnePlace && result.Count < count) result.Add(passage);
        }
        return result;
    }

    private (int Start, int Length) Postings(string term) =>
        _terms.TryGetValue(KeyOf(term), out var id) ? (_starts[id], _starts[id + 1] - _starts[id]) : (0, 0);

    /// <summary>Inverse document frequency (Robertson and Sparck Jones, never negative) of a term that a number of passages have.</summary>
    private float Idf(int passages) => MathF.Log(1 + (Count - passages + 0.5f) / (passages + 0.5f));

    private (int Term, float Body, float Fields)[] Row(List<string> body, List<string> section, List<string> title)
    {
        var row = new Dictionary<int, (float Body, float Fields)>(body.Count + section.Count);
        foreach (var term in body) CollectionsMarshal.GetValueRefOrAddDefault(row, Id(term), out _).Body++;
        foreach (var term in section.Distinct()) CollectionsMarshal.GetValueRefOrAddDefault(row, Id(term), out _).Fields += SectionWeight;
        foreach (var term in title.Distinct()) CollectionsMarshal.GetValueRefOrAddDefault(row, Id(term), out _).Fields += TitleWeight;
        return [.. row.Select(t => (t.Key, t.Value.Body, t.Value.Fields))];
    }

    private int Id(string term)
    {
        ref var id = ref CollectionsMarshal.GetValueRefOrAddDefault(_terms, KeyOf(term), out var exists);
        if (exists) return id;
        if (char.IsAsciiLetterLower(term[0])) _words.Add(term);
        return id = _terms.Count - 1;
    }

    private (int[], int[], Half[]) Invert(List<(int Term, float Body, float Fields)[]> rows, List<int> lengths, float average)
    {
        var starts = new int[_terms.Count + 1];
        foreach (var row in rows)
            foreach (var (term, _, _) in row) starts[term + 1]++;
        for (var i = 1; i < starts.Length; i++) starts[i] += starts[i - 1];
        var (passages, impacts, next) = (new int[starts[^1]], new Half[starts[^1]], starts.ToArray());
        for (var p = 0; p < rows.Count; p++)
        {
            var norm = 1 - B + B * lengths[p] / average;
            foreach (var (term, body, fields) in rows[p])
            {
                var frequency = body / norm + fields;
                (passages[next[term]], impacts[next[term]++]) = (p, (Half)(frequency * (K1 + 1) / (frequency + K1)));
            }
        }
        return (starts, passages, impacts);
    }
}
