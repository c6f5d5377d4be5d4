using EdgeAgent.Privacy.Entities;

namespace EntityLab;

/// <summary>
/// A linear-chain conditional random field (Lafferty et al. 2001) trained by stochastic gradients of the log likelihood with
/// AdaGrad steps (Duchi et al. 2011) and decay; weights are averaged over the last epochs and rounded to 8 bits.
/// Deterministic for a seed.
/// </summary>
internal sealed class Trainer(IFeatures features, Lexicon lexicon, int log2Rows, float rate, float decay, float dropout)
{
    private const int Labels = Tagger.Labels;
    private readonly int _rows = 1 << log2Rows;
    private readonly float[] _weights = new float[(1 << log2Rows) * Tagger.Stride], _squares = new float[(1 << log2Rows) * Tagger.Stride];
    private readonly float[] _transitions = new float[Labels * Labels], _transitionSquares = new float[Labels * Labels];

    private sealed record Prepared(uint[] Features, byte[] Labels, SpanTable? Spans);

    /// <summary>Features of every span: of those that begin at i, the rows from First[i], one a length.</summary>
    private sealed record SpanTable(uint[] Rows, int[] First, int Width);

    /// <summary>One training; the mean weights of its last third.</summary>
    /// <returns>Weights [rows, <see cref="Tagger.Stride"/>], transitions [labels, labels], and the last epoch's loss a sentence.</returns>
    public (float[] Weights, float[] Transitions, double Loss) Train(IReadOnlyList<Sentence> sentences, int epochs, int seed)
    {
        var prepared = sentences.Select(Prepare).ToArray();
        float[] mean = new float[_weights.Length], transitionMean = new float[_transitions.Length];
        var averaged = Math.Max(1, epochs / 3);
        var order = Enumerable.Range(0, prepared.Length).ToArray();
        double loss = 0;
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            var random = new Random(seed + epoch);
            random.Shuffle(order);
            loss = 0;
            foreach (var i in order)
                if (prepared[i].Labels.Length > 0)
                    loss += prepared[i].Spans is null ? Learn(Dropped(prepared[i], random)) : LearnSpans(Dropped(prepared[i], random));
            if (epoch < epochs - averaged) continue;
            for (var i = 0; i < mean.Length; i++) mean[i] += _weights[i] / averaged;
            for (var i = 0; i < transitionMean.Length; i++) transitionMean[i] += _transitions[i] / averaged;
        }
        return (mean, transitionMean, loss / prepared.Length);
    }

    private Prepared Prepare(Sentence sentence)
    {
        var positions = features.Positions(sentence.Text);
        var hashes = new uint[positions.Count * features.Width];
        var spans = features.Fill(sentence.Text, positions, lexicon, hashes);
        return new Prepared(hashes, sentence.Labels(positions), spans is null ? null : Table(spans, positions.Count));
    }

    private static SpanTable Table(ISpanFeatures spans, int count)
    {
        var first = new int[count + 1];
        for (var i = 0; i < count; i++) first[i + 1] = first[i] + Math.Min(spans.Longest(i), count - i);
        var rows = new uint[first[count] * spans.Width];
        for (var i = 0; i < count; i++)
            for (var length = 1; length <= first[i + 1] - first[i]; length++)
                spans.Fill(i, i + length, rows.AsSpan((first[i] + length - 1) * spans.Width, spans.Width));
        return new SpanTable(rows, first, spans.Width);
    }

    /// <summary>A copy without a random share of its features: none may lean on one alone, least of all on words seen once.</summary>
    private Prepared Dropped(Prepared sentence, Random random)
    {
        var left = (uint[])sentence.Features.Clone();
        for (var i = 0; i < left.Length; i++)
            if (random.NextSingle() < dropout) left[i] = 0;
        var spans = (uint[]?)sentence.Spans?.Rows.Clone();
        for (var i = 0; i < spans?.Length; i++)
            if (random.NextSingle() < dropout) spans[i] = 0;
        return sentence with { Features = left, Spans = spans is null ? null : sentence.Spans! with { Rows = spans } };
    }

    /// <summary>One step on one sentence; returns its negative log likelihood.</summary>
    private double Learn(Prepared sentence)
    {
        int count = sentence.Labels.Length, width = features.Width;
        var emit = new float[count * Labels];
        for (var i = 0; i < count; i++) Sum(sentence.Features.AsSpan(i * width, width), emit.AsSpan(i * Labels, Labels));
        var forward = new double[count * Labels];
        var backward = new double[count * Labels];
        Span<double> terms = stackalloc double[Labels];
        for (var l = 0; l < Labels; l++) forward[l] = Tagger.May(-1, l) ? emit[l] : double.NegativeInfinity;
        for (var i = 1; i < count; i++)
            for (var l = 0; l < Labels; l++)
            {
                for (var p = 0; p < Labels; p++)
                    terms[p] = Tagger.May(p, l) ? forward[(i - 1) * Labels + p] + _transitions[p * Labels + l] : double.NegativeInfinity;
                forward[i * Labels + l] = LogSum(terms) + emit[i * Labels + l];
            }
        for (var i = count - 2; i >= 0; i--)
            for (var l = 0; l < Labels; l++)
            {
                for (var n = 0; n < Labels; n++)
                    terms[n] = Tagger.May(l, n)
                        ? _transitions[l * Labels + n] + emit[(i + 1) * Labels + n] + backward[(i + 1) * Labels + n]
                        : double.NegativeInfinity;
                backward[i * Labels + l] = LogSum(terms);
            }
        var total = LogSum(forward.AsSpan((count - 1) * Labels, Labels));
        double right = 0;
        Span<float> gradient = stackalloc float[Labels];
        Span<float> pairs = stackalloc float[Labels * Labels];
        pairs.Clear();
        for (var i = 0; i < count; i++)
        {
            int label = sentence.Labels[i];
            right += emit[i * Labels + label] + (i > 0 ? _transitions[sentence.Labels[i - 1] * Labels + label] : 0);
            for (var l = 0; l < Labels; l++)
                gradient[l] = (l == label ? 1 : 0) - (float)Math.Exp(forward[i * Labels + l] + backward[i * Labels + l] - total);
            foreach (var feature in sentence.Features.AsSpan(i * width, width))
            {
                if (feature == 0) continue;
                var row = (int)(feature & (uint)(_rows - 1)) * Tagger.Stride;
                for (var l = 0; l < Labels; l++) Step(_weights, _squares, row + l, gradient[l]);
            }
            if (i == 0) continue;
            for (var p = 0; p < Labels; p++)
                for (var l = 0; l < Labels; l++)
                    if (Tagger.May(p, l))
                        pairs[p * Labels
                            + l] -= (float)Math.Exp(forward[(i - 1) * Labels + p] + _transitions[p * Labels + l] + emit[i * Labels + l]
                                + backward[i * Labels + l] - total);
            pairs[sentence.Labels[i - 1] * Labels + label]++;
        }
        for (var i = 0; i < pairs.Length; i++) Step(_transitions, _transitionSquares, i, pairs[i]);
        return total - right;
    }

    /// <summary>One step on one sentence of the semi-Markov field; returns its negative log likelihood.</summary>
    private double LearnSpans(Prepared sentence)
    {
        var spans = sentence.Spans!;
        int count = sentence.Labels.Length, types = Tagger.Types.Count, kinds = types + 1;
        var emit = new float[count * Labels];
        for (var i = 0; i < count; i++) Sum(sentence.Features.AsSpan(i * features.Width, features.Width), emit.AsSpan(i * Labels, Labels));
        var inside = new double[(count + 1) * types];
        for (var i = 0; i < count; i++)
            for (var t = 0; t < types; t++) inside[(i + 1) * types + t] = inside[i * types + t] + emit[i * Labels + Tagger.Inside(t)];
        var whole = new float[spans.First[count] * types];
        var row = new float[Labels];
        for (var s = 0; s < spans.First[count]; s++)
        {
            Array.Clear(row);
            Sum(spans.Rows.AsSpan(s * spans.Width, spans.Width), row);
            for (var t = 0; t < types; t++) whole[s * types + t] = row[Tagger.Begin(t)];
        }
        double Segment(int start, int length, int t) =>
            emit[start * Labels + Tagger.Begin(t)] + inside[(start + length) * types + t] - inside[(start + 1) * types + t]
            + whole[(spans.First[start] + length - 1) * types + t];
        double T(int p, int k) => _transitions[Tagger.Head(p) * Labels + Tagger.Head(k)];
        // forward[i, k]: all cuts of the first i positions whose last segment is of kind k; enter[i, k]: and a segment of kind k
        // begins at i
        var forward = new double[(count + 1) * kinds];
        var enter = new double[(count + 1) * kinds];
        Array.Fill(forward, double.NegativeInfinity);
        forward[0] = 0;
        Span<double> terms = stackalloc double[kinds];
        for (var i = 0; i < count; i++)
        {
            for (var k = 0; k < kinds; k++)
            {
                for (var p = 0; p < kinds; p++) terms[p] = forward[i * kinds + p] + (i == 0 ? 0 : T(p, k));
                enter[i * kinds + k] = LogSum(terms);
            }
            Add(ref forward[(i + 1) * kinds], enter[i * kinds] + emit[i * Labels]);
            for (var length = 1; length <= spans.First[i + 1] - spans.First[i]; length++)
                for (var t = 0; t < types; t++)
                    Add(ref forward[(i + length) * kinds + t + 1], enter[i * kinds + t + 1] + Segment(i, length, t));
        }
        var total = LogSum(forward.AsSpan(count * kinds, kinds));
        // backward[i, k]: all cuts from position i on, after a segment of kind k
        var backward = new double[(count + 1) * kinds];
        var begin = new double[(count + 1) * kinds]; // all cuts from i on whose first segment is of kind k
        Array.Fill(begin, double.NegativeInfinity);
        for (var i = count - 1; i >= 0; i--)
        {
            begin[i * kinds] = emit[i * Labels] + backward[(i + 1) * kinds];
            for (var length = 1; length <= spans.First[i + 1] - spans.First[i]; length++)
                for (var t = 0; t < types; t++)
                    Add(ref begin[i * kinds + t + 1], Segment(i, length, t) + backward[(i + length) * kinds + t + 1]);
            for (var p = 0; p < kinds; p++)
            {
                for (var k = 0; k < kinds; k++) terms[k] = T(p, k) + begin[i * kinds + k];
                backward[i * kinds + p] = LogSum(terms);
            }
        }
        // what stands there
        var gold = new List<(int Start, int Length, int Kind)>();
        for (var i = 0; i < count;)
        {
            var kind = sentence.Labels[i] == 0 ? 0 : (sentence.Labels[i] - 1) / 2 + 1;
            var length = 1;
            while (kind > 0 && i + length < count && sentence.Labels[i + length] == Tagger.Inside(kind - 1)) length++;
            if (kind > 0 && length > spans.First[i + 1] - spans.First[i]) return 0; // over a mark, or too long: nothing to learn
            gold.Add((i, length, kind));
            i += length;
        }
        var emitGradient = new double[count * Labels];
        var insideGradient = new double[(count + 1) * types]; // differences
        Span<float> pairs = stackalloc float[Labels * Labels];
        pairs.Clear();
        double right = 0;
        var previous = -1;
        foreach (var (start, length, kind) in gold)
        {
            right += (kind == 0 ? emit[start * Labels] : Segment(start, length, kind - 1)) + (previous < 0 ? 0 : T(previous, kind));
            if (previous >= 0) pairs[Tagger.Head(previous) * Labels + Tagger.Head(kind)]++;
            previous = kind;
        }
        var spanGradient = new double[spans.First[count] * types];
        for (var i = 0; i < count; i++)
        {
            emitGradient[i * Labels] -= Math.Exp(enter[i * kinds] + emit[i * Labels] + backward[(i + 1) * kinds] - total);
            for (var length = 1; length <= spans.First[i + 1] - spans.First[i]; length++)
                for (var t = 0; t < types; t++)
                    Count(i, length, t,
                        -Math.Exp(enter[i * kinds + t + 1] + Segment(i, length, t) + backward[(i + length) * kinds + t + 1] - total));
            if (i == 0) continue;
            for (var p = 0; p < kinds; p++)
                for (var k = 0; k < kinds; k++)
                    pairs[Tagger.Head(p) * Labels
                        + Tagger.Head(k)] -= (float)Math.Exp(forward[i * kinds + p] + T(p, k) + begin[i * kinds + k] - total);
        }
        void Count(int start, int length, int t, double by)
        {
            emitGradient[start * Labels + Tagger.Begin(t)] += by;
            insideGradient[(start + 1) * types + t] += by;
            insideGradient[(start + length) * types + t] -= by;
            spanGradient[(spans.First[start] + length - 1) * types + t] += by;
        }
        foreach (var (start, length, kind) in gold)
            if (kind == 0) emitGradient[start * Labels]++;
            else Count(start, length, kind - 1, 1);
        for (var i = 0; i < count; i++)
            for (var t = 0; t < types; t++)
            {
                emitGradient[i * Labels + Tagger.Inside(t)] += insideGradient[i * types + t];
                insideGradient[(i + 1) * types + t] += insideGradient[i * types + t];
            }
        for (var i = 0; i < count; i++)
            foreach (var feature in sentence.Features.AsSpan(i * features.Width, features.Width))
                if (feature != 0)
                    for (var l = 0; l < Labels; l++)
                        Step(_weights, _squares, (int)(feature & (uint)(_rows - 1)) * Tagger.Stride + l,
                            (float)emitGradient[i * Labels + l]);
        for (var s = 0; s < spans.First[count]; s++)
            for (var t = 0; t < types; t++)
            {
                if (Math.Abs(spanGradient[s * types + t]) < 1e-4) continue;
                foreach (var feature in spans.Rows.AsSpan(s * spans.Width, spans.Width))
                    if (feature != 0)
                        Step(_weights, _squares, (int)(feature & (uint)(_rows - 1)) * Tagger.Stride + Tagger.Begin(t),
                            (float)spanGradient[s * types + t]);
            }
        for (var i = 0; i < pairs.Length; i++) Step(_transitions, _transitionSquares, i, pairs[i]);
        return total - right;
    }

    private static void Add(ref double sum, double term)
    {
        if (double.IsNegativeInfinity(term)) return;
        var (large, small) = sum > term ? (sum, term) : (term, sum);
        sum = double.IsNegativeInfinity(small) ? large : large + Math.Log(1 + Math.Exp(small - large));
    }

    private void Sum(ReadOnlySpan<uint> row, Span<float> scores)
    {
        foreach (var feature in row)
        {
            if (feature == 0) continue;
            var weights = _weights.AsSpan((int)(feature & (uint)(_rows - 1)) * Tagger.Stride, Tagger.Stride);
            for (var l = 0; l < Labels; l++) scores[l] += weights[l];
        }
    }

    /// <summary>An AdaGrad step up the likelihood, with decay of what is touched.</summary>
    private void Step(float[] weights, float[] squares, int index, float gradient)
    {
        if (MathF.Abs(gradient) < 1e-5f) return;
        gradient -= decay * weights[index];
        squares[index] += gradient * gradient;
        weights[index] += rate * gradient / MathF.Sqrt(squares[index] + 1e-2f);
    }

    private static double LogSum(ReadOnlySpan<double> values)
    {
        var largest = double.NegativeInfinity;
        foreach (var v in values) largest = Math.Max(largest, v);
        if (double.IsNegativeInfinity(largest)) return largest;
        double sum = 0;
        foreach (var v in values) sum += Math.Exp(v - largest);
        return largest + Math.Log(sum);
    }
}
