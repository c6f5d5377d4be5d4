namespace EdgeAgent.Models;

/// <summary>
/// Round-to-nearest INT4 with searched scales: for every block, candidate scales around absmax/7 are rounded, each refined by
/// least squares (s = sum(w q) / sum(q q)), and the one with the least squared error is kept. Deterministic.
/// </summary>
public static class RoundToNearest
{
    private const float Smallest = 1e-8f;
    private static readonly float[] Candidates = [0.70f, 0.76f, 0.82f, 0.88f, 0.92f, 0.96f, 1.0f, 1.04f];

    /// <param name="weights">[N, K] row-major, as checkpoints store linears.</param>
    /// <returns>The matrix as [K, N], and the relative error |w - q| / |w| in the Frobenius norm.</returns>
    public static (Int4Matrix Matrix, double RelativeError) Quantize(float[] weights, int n, int k)
    {
        if (!Int4Matrix.Fits(k, n)) throw new ArgumentException($"no INT4 form for [{k}, {n}]: K needs a factor of 32 and N must be even");
        var block = Int4Matrix.BlockFor(k);
        var packed = new byte[(long)k * n / 2];
        var scales = new float[(long)(k / block) * n];
        var errors = new double[n / 2];
        var norms = new double[n / 2];
        Parallel.For(0, n / 2, pair =>
        {
            Span<sbyte> levels = stackalloc sbyte[block];
            for (var side = 0; side < 2; side++)
            {
                var column = pair * 2 + side;
                for (var b = 0; b < k / block; b++)
                {
                    var source = weights.AsSpan((int)((long)column * k) + b * block, block);
                    var (scale, error) = QuantizeBlock(source, levels);
                    scales[(long)b * n + column] = scale;
                    errors[pair] += error;
                    for (var i = 0; i < block; i++)
                    {
                        norms[pair] += source[i] * (double)source[i];
                        packed[((long)(b * block + i) * n + column) / 2] |= (byte)((levels[i] & 15) << (side * 4));
                    }
                }
            }
        });
        var norm = norms.Sum();
        return (new Int4Matrix(k, n, block, packed, scales), norm > 0 ? Math.Sqrt(errors.Sum() / norm) : 0);
    }

    private static (float Scale, double Error) QuantizeBlock(ReadOnlySpan<float> w, Span<sbyte> best)
    {
        var largest = 0f;
        foreach (var v in w) largest = Math.Max(largest, Math.Abs(v));
        best.Clear();
        if (largest < Smallest) return (Smallest, 0);
        Span<sbyte> levels = stackalloc sbyte[w.Length];
        var (bestScale, bestError) = (Smallest, double.MaxValue);
        foreach (var candidate in Candidates)
        {
            var scale = Math.Max(largest / 7 * candidate, Smallest);
            double wq = 0, qq = 0;
            for (var i = 0; i < w.Length; i++)
            {
                var q = Math.Clamp((int)MathF.Round(w[i] / scale), -8, 7);
                levels[i] = (sbyte)q;
                wq += w[i] * q;
                qq += q * q;
            }
            if (qq > 0 && wq > 0) scale = Math.Max((float)(wq / qq), Smallest);
            double error = 0;
            for (var i = 0; i < w.Length; i++)
            {
                var d = w[i] - levels[i] * scale;
                error += d * d;
            }
            if (error >= bestError) continue;
            (bestScale, bestError) = (scale, error);
            levels.CopyTo(best);
        }
        return (bestScale, bestError);
    }
}
