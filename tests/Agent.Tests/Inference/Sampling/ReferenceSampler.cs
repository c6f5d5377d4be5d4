using EdgeAgent.Inference.Sampling;

namespace EdgeAgent.Tests.Inference.Sampling;

/// <summary>
/// Sampling as its definition reads: sort the whole vocabulary, cut, draw. What <see cref="Sampler"/> must agree with, and what it is
/// measured against.
/// </summary>
internal sealed class ReferenceSampler(SamplingOptions options)
{
    private readonly HashSet<int> _seen = [];
    private ulong _state = options.Seed;

    public void See(ReadOnlySpan<int> ids)
    {
        foreach (var id in ids) _seen.Add(id);
    }

    /// <param name="allowed">Null: every token.</param>
    public int Next(ReadOnlySpan<float> logits, Func<int, bool>? allowed = null)
    {
        var scores = logits.ToArray();
        for (var id = 0; id < scores.Length; id++)
            if (allowed?.Invoke(id) == false) scores[id] = float.NegativeInfinity;
        if (options.RepetitionPenalty > 1)
            foreach (var id in _seen)
                scores[id] = scores[id] > 0 ? scores[id] / options.RepetitionPenalty : scores[id] * options.RepetitionPenalty;
        var chosen = options.Temperature <= 0 ? Array.IndexOf(scores, scores.Max()) : Draw(scores);
        _seen.Add(chosen);
        return chosen;
    }

    private int Draw(float[] scores)
    {
        var best = scores.Max();
        var weights = Array.ConvertAll(scores, s => MathF.Exp((s - best) / options.Temperature));
        var order = Enumerable.Range(0, scores.Length).ToArray();
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
