using System.Numerics.Tensors;

namespace EdgeAgent.Inference.Sampling;

/// <summary>
/// Chooses a token from logits: repetition penalty, temperature, top-k, top-p, min-p, then a draw from SplitMix64 (Steele et
/// al. 2014), whose sequence is fixed by the seed on every platform. One per row; its buffers are reused.
/// </summary>
internal sealed class Sampler(SamplingOptions options, int vocabulary)
{
    private readonly HashSet<int> _seen = [];
    // [vocabulary] each: logits, then weights; and ids from the likeliest on
    private readonly float[]? _scratch = options.Temperature > 0 || options.RepetitionPenalty > 1 ? new float[vocabulary] : null;
    private readonly int[]? _order = options.Temperature > 0 ? new int[vocabulary] : null;
    private ulong _state = options.Seed;

    /// <summary>Counts the prompt's tokens as seen, for the repetition penalty.</summary>
    public void See(ReadOnlySpan<int> ids)
    {
        if (options.RepetitionPenalty <= 1) return;
        foreach (var id in ids) _seen.Add(id);
    }

    /// <param name="logits">[vocabulary]</param>
    /// <exception cref="LogitsException">The largest logit is no number, or none is finite.</exception>
    public int Next(ReadOnlySpan<float> logits)
    {
        var likeliest = TensorPrimitives.IndexOfMax(logits); // of a NaN where there is one
        if (!float.IsFinite(logits[likeliest])) throw new LogitsException(likeliest, logits[likeliest]);
        var id = options.Temperature <= 0 && options.RepetitionPenalty <= 1 ? likeliest : Choose(logits);
        if (options.RepetitionPenalty > 1) _seen.Add(id);
        return id;
    }

    private int Choose(ReadOnlySpan<float> logits)
    {
        var scores = _scratch.AsSpan();
        logits.CopyTo(scores);
        foreach (var id in _seen)
            scores[id] = scores[id] > 0 ? scores[id] / options.RepetitionPenalty : scores[id] * options.RepetitionPenalty;
        return options.Temperature <= 0 ? TensorPrimitives.IndexOfMax<float>(scores) : Draw(scores);
    }

    private int Draw(Span<float> scores)
    {
        var order = _order!;
        for (var i = 0; i < order.Length; i++) order[i] = i;
        var best = TensorPrimitives.Max<float>(scores);
        for (var i = 0; i < scores.Length; i++) scores[i] = MathF.Exp((scores[i] - best) / options.Temperature);
        // likeliest first; equal ones by id, so that the order is the same everywhere
        var weights = _scratch!;
        Array.Sort(order, (a, b) => weights[b] != weights[a] ? weights[b].CompareTo(weights[a]) : a.CompareTo(b));
        var kept = Kept(order, weights);
        double total = 0;
        for (var i = 0; i < kept; i++) total += weights[order[i]];
        var draw = NextDouble() * total;
        for (var i = 0; i < kept; i++)
        {
            draw -= weights[order[i]];
            if (draw < 0) return order[i];
        }
        return order[kept - 1];
    }

    /// <summary>How many of the ordered tokens survive top-k, top-p and min-p; at least one.</summary>
    private int Kept(int[] order, float[] weights)
    {
        var kept = options.TopK > 0 ? Math.Min(options.TopK, order.Length) : order.Length;
        if (options.TopP < 1)
        {
            double total = 0, sum = 0;
            for (var i = 0; i < kept; i++) total += weights[order[i]];
            for (var i = 0; i < kept; i++)
            {
                sum += weights[order[i]];
                if (sum >= options.TopP * total) kept = i + 1;
            }
        }
        if (options.MinP > 0)
        {
            var floor = options.MinP * weights[order[0]];
            while (kept > 1 && weights[order[kept - 1]] < floor) kept--;
        }
        return Math.Max(kept, 1);
    }

    private double NextDouble()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
    }
}
