using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace EdgeAgent.Inference.Sampling;

/// <summary>
/// Chooses a token from logits: a mask where the answer has a format, repetition penalty, temperature, top-k, top-p, min-p, then a draw
/// from SplitMix64 (Steele et al. 2014), whose sequence is fixed by the seed on every platform. One per row; its buffers are borrowed
/// for each token.
/// </summary>
internal sealed class Sampler(SamplingOptions options)
{
    private readonly HashSet<int> _seen = [];
    private ulong _state = options.Seed;

    /// <summary>Counts the prompt's tokens as seen, for the repetition penalty.</summary>
    public void See(ReadOnlySpan<int> ids)
    {
        if (options.RepetitionPenalty <= 1) return;
        foreach (var id in ids) _seen.Add(id);
    }

    /// <param name="logits">[vocabulary]</param>
    /// <param name="mask">The tokens to choose from; null: all.</param>
    /// <exception cref="LogitsException">The largest logit is no number, or none is finite.</exception>
    /// <exception cref="NoTokenException">The mask allows no token whose logit is finite.</exception>
    public int Next(ReadOnlySpan<float> logits, TokenMask? mask = null)
    {
        var likeliest = TensorPrimitives.IndexOfMax(logits); // of a NaN where there is one
        if (!float.IsFinite(logits[likeliest])) throw new LogitsException(likeliest, logits[likeliest]);
        var isGreedy = options.Temperature <= 0 && options.RepetitionPenalty <= 1;
        var id = isGreedy && mask?.Allows(likeliest) != false ? likeliest : Choose(logits, mask);
        if (options.RepetitionPenalty > 1) _seen.Add(id);
        return id;
    }

    private int Choose(ReadOnlySpan<float> logits, TokenMask? mask)
    {
        var buffer = ArrayPool<float>.Shared.Rent(logits.Length);
        try
        {
            return mask is { IsListed: true } ? ChooseListed(logits, mask.Ids, buffer.AsSpan(0, mask.Ids.Length))
                : ChooseAny(logits, mask, buffer.AsSpan(0, logits.Length));
        }
        finally
        {
            ArrayPool<float>.Shared.Return(buffer);
        }
    }

    /// <param name="scores">[vocabulary], scratch</param>
    private int ChooseAny(ReadOnlySpan<float> logits, TokenMask? mask, Span<float> scores)
    {
        if (mask is null) logits.CopyTo(scores);
        else mask.Apply(logits, scores);
        foreach (var id in _seen) scores[id] = Penalized(scores[id]);
        return ChooseScored(scores);
    }

    /// <param name="scores">[ids], scratch</param>
    private int ChooseListed(ReadOnlySpan<float> logits, ReadOnlySpan<int> ids, Span<float> scores)
    {
        for (var i = 0; i < ids.Length; i++)
            scores[i] = _seen.Count > 0 && _seen.Contains(ids[i]) ? Penalized(logits[ids[i]]) : logits[ids[i]];
        return ids.Length > 0 ? ids[ChooseScored(scores)] : throw new NoTokenException();
    }

    private float Penalized(float logit) => logit > 0 ? logit / options.RepetitionPenalty : logit * options.RepetitionPenalty;

    private int ChooseScored(Span<float> scores)
    {
        var likeliest = TensorPrimitives.IndexOfMax<float>(scores);
        if (!float.IsFinite(scores[likeliest])) throw new NoTokenException();
        return options.Temperature <= 0 ? likeliest : Draw(scores, scores[likeliest]);
    }

    /// <summary>Draws a position. The scores become weights: exp of their distance from the best, divided by the temperature.</summary>
    private int Draw(Span<float> scores, float best)
    {
        TensorPrimitives.Subtract(scores, best, scores);
        TensorPrimitives.Divide(scores, options.Temperature, scores);
        TensorPrimitives.Exp<float>(scores, scores);
        var order = new LikeliestFirst(scores);
        try
        {
            return Draw(ref order, scores);
        }
        finally
        {
            order.Dispose();
        }
    }

    private int Draw(ref LikeliestFirst order, ReadOnlySpan<float> weights)
    {
        var kept = Kept(ref order, weights);
        var draw = NextDouble() * Total(ref order, weights, kept);
        var rank = 0;
        for (; rank < kept && order.Weight(rank) > 0; rank++)
        {
            draw -= order.Weight(rank);
            if (draw < 0) return order.Position(rank);
        }
        return order.Position(rank - 1); // what rounding leaves of the draw
    }

    /// <summary>How many of the ordered weights survive top-k, top-p and min-p; at least one.</summary>
    private int Kept(ref LikeliestFirst order, ReadOnlySpan<float> weights)
    {
        var kept = options.TopK > 0 ? Math.Min(options.TopK, weights.Length) : weights.Length;
        if (options.TopP < 1)
        {
            var limit = options.TopP * Total(ref order, weights, kept);
            double sum = 0;
            for (var i = 0; i < kept; i++)
            {
                sum += order.Weight(i);
                if (sum >= limit) kept = i + 1;
            }
        }
        if (options.MinP > 0)
        {
            var (floor, above) = (options.MinP * order.Weight(0), 1);
            while (above < kept && order.Weight(above) >= floor) above++;
            kept = above;
        }
        return kept;
    }

    /// <summary>Sum of the largest weights; sorts none where all count.</summary>
    private static double Total(ref LikeliestFirst order, ReadOnlySpan<float> weights, int kept)
    {
        double total = 0;
        if (kept < weights.Length)
        {
            for (var rank = 0; rank < kept; rank++) total += order.Weight(rank);
            return total;
        }
        var (low, high, i) = (Vector256<double>.Zero, Vector256<double>.Zero, 0);
        for (; i + Vector256<float>.Count <= weights.Length; i += Vector256<float>.Count)
        {
            var eight = Vector256.Create(weights[i..]);
            low += Vector256.WidenLower(eight);
            high += Vector256.WidenUpper(eight);
        }
        for (; i < weights.Length; i++) total += weights[i];
        return total + Vector256.Sum(low + high);
    }

    private double NextDouble()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
    }
}
