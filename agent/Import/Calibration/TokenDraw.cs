using System.Numerics.Tensors;
using EdgeAgent.Inference.Sampling;

namespace EdgeAgent.Import.Calibration;

/// <summary>
/// Draws tokens as a student predicts them, at temperature 1 and without cutting the tail: the text has the statistics of the student's
/// own distribution. One per window; random numbers are SplitMix64 (Steele et al. 2014), fixed by the seed on every platform.
/// </summary>
internal sealed class TokenDraw(ulong seed, int vocabulary)
{
    private readonly float[] _weights = new float[vocabulary];
    private ulong _state = seed;

    /// <param name="logits">[vocabulary]</param>
    /// <param name="allowed">Tokens to draw from, by id; null for all.</param>
    /// <exception cref="LogitsException">The largest logit is no number, or none is finite.</exception>
    public int Next(ReadOnlySpan<float> logits, bool[]? allowed)
    {
        var likeliest = TensorPrimitives.IndexOfMax(logits); // of a NaN where there is one
        if (!float.IsFinite(logits[likeliest])) throw new LogitsException(likeliest, logits[likeliest]);
        TensorPrimitives.Subtract<float>(logits, logits[likeliest], _weights);
        TensorPrimitives.Exp<float>(_weights, _weights);
        double total = 0;
        for (var i = 0; i < _weights.Length; i++)
        {
            if (allowed is not null && !allowed[i]) _weights[i] = 0;
            total += _weights[i];
        }
        var (draw, last) = (NextDouble() * total, likeliest);
        for (var i = 0; i < _weights.Length; i++)
        {
            if (_weights[i] == 0) continue;
            last = i;
            draw -= _weights[i];
            if (draw < 0) break;
        }
        return last;
    }

    private double NextDouble()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
    }
}
