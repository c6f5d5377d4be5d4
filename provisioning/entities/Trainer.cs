using EdgeAgent.Privacy.Entities;

namespace EntityLab;

/// <summary>
/// A linear-chain conditional random field (Lafferty et al. 2001) trained by stochastic gradients of the log likelihood with
/// AdaGrad steps (Duchi et al. 2011) and decay; weights are averaged over the last epochs and rounded to 8 bits.
/// Deterministic for a seed.
/// </summary>
public sealed class Trainer(IFeatures features, Lexicon lexicon, int log2Rows, float rate, float decay, float dropout)
{
    private const int Labels = Tagger.Labels;
    private readonly int _rows = 1 << log2Rows;
    private readonly float[] _weights = new float[(1 << log2Rows) * Tagger.Stride], _squares = new float[(1 << log2Rows) * Tagger.Stride];
    private readonly float[] _transitions = new float[Labels * Labels], _transitionSquares = new float[Labels * Labels];

    private sealed record Prepared(uint[] Features, byte[] Labels);

    public Tagger Train(IReadOnlyList<Sentence> sentences, int epochs, int seed, Action<int, double> progress)
    {
        var prepared = new Prepared[sentences.Count];
        Parallel.For(0, sentences.Count, i => prepared[i] = Prepare(sentences[i]));
        var order = Enumerable.Range(0, prepared.Length).ToArray();
        float[] sum = new float[_weights.Length], transitionSum = new float[_transitions.Length];
        var averaged = Math.Max(1, epochs / 3);
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            var random = new Random(seed + epoch);
            random.Shuffle(order);
            double loss = 0;
            foreach (var i in order)
                if (prepared[i].Labels.Length > 0) loss += Learn(Dropped(prepared[i], random));
            progress(epoch, loss / prepared.Length);
            if (epoch < epochs - averaged) continue;
            for (var i = 0; i < sum.Length; i++) sum[i] += _weights[i] / averaged;
            for (var i = 0; i < transitionSum.Length; i++) transitionSum[i] += _transitions[i] / averaged;
        }
        return Tagger.Round(sum, transitionSum);
    }

    private Prepared Prepare(Sentence sentence)
    {
        var positions = features.Positions(sentence.Text);
        var hashes = new uint[positions.Count * features.Width];
        features.Fill(sentence.Text, positions, lexicon, hashes);
        return new Prepared(hashes, sentence.Labels(positions));
    }

    /// <summary>A copy without a random share of its features: none may lean on one alone, least of all on words seen once.</summary>
    private Prepared Dropped(Prepared sentence, Random random)
    {
        var left = (uint[])sentence.Features.Clone();
        for (var i = 0; i < left.Length; i++)
            if (random.NextSingle() < dropout) left[i] = 0;
        return sentence with { Features = left };
    }

    /// <summary>One step on one sentence; returns its negative log likelihood.</summary>
    private double Learn(Prepared sentence)
    {
        int count = sentence.Labels.Length, width = features.Width;
        var emit = new float[count * Labels];
        for (var i = 0; i < count; i++)
        {
            var e = emit.AsSpan(i * Labels, Labels);
            foreach (var feature in sentence.Features.AsSpan(i * width, width))
            {
                if (feature == 0) continue;
                var row = _weights.AsSpan((int)(feature & (uint)(_rows - 1)) * Tagger.Stride, Tagger.Stride);
                for (var l = 0; l < Labels; l++) e[l] += row[l];
            }
        }
        var forward = new double[count * Labels];
        var backward = new double[count * Labels];
        Span<double> terms = stackalloc double[Labels];
        for (var l = 0; l < Labels; l++) forward[l] = Tagger.May(-1, l) ? emit[l] : double.NegativeInfinity;
        for (var i = 1; i < count; i++)
            for (var l = 0; l < Labels; l++)
            {
                for (var p = 0; p < Labels; p++) terms[p] = Tagger.May(p, l) ? forward[(i - 1) * Labels + p] + _transitions[p * Labels + l] : double.NegativeInfinity;
                forward[i * Labels + l] = LogSum(terms) + emit[i * Labels + l];
            }
        for (var i = count - 2; i >= 0; i--)
            for (var l = 0; l < Labels; l++)
            {
                for (var n = 0; n < Labels; n++) terms[n] = Tagger.May(l, n) ? _transitions[l * Labels + n] + emit[(i + 1) * Labels + n] + backward[(i + 1) * Labels + n] : double.NegativeInfinity;
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
            for (var l = 0; l < Labels; l++) gradient[l] = (l == label ? 1 : 0) - (float)Math.Exp(forward[i * Labels + l] + backward[i * Labels + l] - total);
            foreach (var feature in sentence.Features.AsSpan(i * width, width))
            {
                if (feature == 0) continue;
                var row = (int)(feature & (uint)(_rows - 1)) * Tagger.Stride;
                for (var l = 0; l < Labels; l++) Step(_weights, _squares, row + l, gradient[l]);
            }
            if (i == 0) continue;
            for (var p = 0; p < Labels; p++)
                for (var l = 0; l < Labels; l++)
                    if (Tagger.May(p, l)) pairs[p * Labels + l] -= (float)Math.Exp(forward[(i - 1) * Labels + p] + _transitions[p * Labels + l] + emit[i * Labels + l] + backward[i * Labels + l] - total);
            pairs[sentence.Labels[i - 1] * Labels + label]++;
        }
        for (var i = 0; i < pairs.Length; i++) Step(_transitions, _transitionSquares, i, pairs[i]);
        return total - right;
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
