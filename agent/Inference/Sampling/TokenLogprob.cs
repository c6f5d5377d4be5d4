using System.Buffers;
using System.Numerics.Tensors;

namespace EdgeAgent.Inference.Sampling;

/// <summary>A token and the natural logarithm of its probability.</summary>
internal readonly record struct Likelihood(int Id, float Logprob);

/// <summary>
/// How likely a chosen token was, and the likeliest ones beside it: by the student's own logits, before mask, penalty, temperature and
/// selection.
/// </summary>
/// <param name="Top">Likeliest first, equal ones by id; the chosen token need not be among them.</param>
internal sealed record TokenLogprob(Likelihood Chosen, IReadOnlyList<Likelihood> Top)
{
    /// <summary>Likeliest tokens that can be asked for.</summary>
    public const int MaxTop = 20;

    /// <param name="logits">[vocabulary]</param>
    /// <param name="top">How many of the likeliest, 0..<see cref="MaxTop"/>.</param>
    public static TokenLogprob Of(ReadOnlySpan<float> logits, int chosen, int top)
    {
        var normalizer = LogSumExp(logits);
        var likeliest = new List<Likelihood>(top + 1);
        for (var id = 0; top > 0 && id < logits.Length; id++)
        {
            var logprob = (float)(logits[id] - normalizer);
            if (likeliest.Count == top && logprob <= likeliest[^1].Logprob) continue;
            var at = likeliest.Count;
            while (at > 0 && likeliest[at - 1].Logprob < logprob) at--;
            likeliest.Insert(at, new Likelihood(id, logprob));
            if (likeliest.Count > top) likeliest.RemoveAt(top);
        }
        return new TokenLogprob(new Likelihood(chosen, (float)(logits[chosen] - normalizer)), likeliest);
    }

    private static double LogSumExp(ReadOnlySpan<float> logits)
    {
        var max = TensorPrimitives.Max(logits);
        var buffer = ArrayPool<float>.Shared.Rent(logits.Length);
        var scores = buffer.AsSpan(0, logits.Length);
        TensorPrimitives.Subtract(logits, max, scores);
        TensorPrimitives.Exp<float>(scores, scores);
        var sum = TensorPrimitives.Sum<float>(scores);
        ArrayPool<float>.Shared.Return(buffer);
        return max + Math.Log(sum);
    }
}
