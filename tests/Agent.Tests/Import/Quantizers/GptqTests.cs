using EdgeAgent.Bundles;
using EdgeAgent.Import.Quantizers;

namespace EdgeAgent.Tests.Import.Quantizers;

public sealed class GptqTests
{
    private const int K = 128, N = 48, Tokens = 600, Block = 32;

    /// <summary>Correlated inputs [Tokens, K]: a few directions carry most of the energy, and input 5 is silent.</summary>
    private static float[] Inputs(int seed)
    {
        var random = new Random(seed);
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        var mixing = Enumerable.Range(0, 12 * K).Select(_ => Normal()).ToArray();
        var x = new float[Tokens * K];
        for (var t = 0; t < Tokens; t++)
        {
            var hidden = Enumerable.Range(0, 12).Select(_ => Normal()).ToArray();
            for (var k = 0; k < K; k++)
                x[t * K + k] = k == 5 ? 0 : (float)(hidden.Select((h, i) => h * mixing[i * K + k]).Sum() + 0.3 * Normal());
        }
        return x;
    }

    private static float[] Gram(float[] x)
    {
        var gram = new float[K * K];
        for (var t = 0; t < Tokens; t++)
            for (var i = 0; i < K; i++)
                for (var j = 0; j < K; j++) gram[i * K + j] += x[t * K + i] * x[t * K + j];
        return gram;
    }

    private static float[] Weights(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, K * N)
            .Select(_ => (float)((random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * 0.2))];
    }

    /// <summary>|X (W - Q)| / |X W|</summary>
    private static double OutputError(float[] x, float[] w, Func<int, int, float> q)
    {
        double error = 0, norm = 0;
        for (var t = 0; t < Tokens; t++)
            for (var n = 0; n < N; n++)
            {
                double e = 0, y = 0;
                for (var k = 0; k < K; k++)
                    (e, y) = (e + x[t * K + k] * (double)(w[k * N + n] - q(k, n)), y + x[t * K + k] * (double)w[k * N + n]);
                (error, norm) = (error + e * e, norm + y * y);
            }
        return Math.Sqrt(error / norm);
    }

    [Fact]
    public void Quantize_CorrelatedInputs_LosesFarLessThanRoundingAndSaysHowMuch()
    {
        float[] x = Inputs(1), w = Weights(2);
        var (levels, scales, error, energy) = new Gptq(Gram(x), null, K, Block, Tokens).Quantize((float[])w.Clone(), N);
        Assert.All(scales, s => Assert.True(s > 0));
        Assert.All(levels, l => Assert.InRange(l, -8, 7));
        var gptq = OutputError(x, w, (k, n) => levels[k * N + n] * scales[k / Block * N + n]);
        var rows = new float[N * K];
        for (var n = 0; n < N; n++) for (var k = 0; k < K; k++) rows[n * K + k] = w[k * N + n];
        var rounded = QuantizedMatrix.Empty(K, N, 4, Block);
        RoundToNearest.Quantize(rows, rounded, 0);
        var values = rounded.Dequantize();
        var nearest = OutputError(x, w, (k, n) => values[k * N + n]);
        Assert.True(gptq < nearest * 0.5, $"{gptq} against {nearest}");
        Assert.InRange(Math.Sqrt(error / energy), gptq * 0.8, gptq * 1.6); // the figure is of the damped objective
        for (var n = 0; n < N; n++) Assert.Equal(0, levels[5 * N + n]);
    }

    [Fact]
    public void Quantize_InStripes_IsTheSameAsAtOnce()
    {
        float[] x = Inputs(3), w = Weights(4);
        var gptq = new Gptq(Gram(x), null, K, Block, Tokens);
        var (whole, scales, _, _) = gptq.Quantize((float[])w.Clone(), N);
        const int width = N / 2;
        var stripe = new float[K * width];
        for (var k = 0; k < K; k++) w.AsSpan(k * N + width, width).CopyTo(stripe.AsSpan(k * width));
        var (levels, part, _, _) = gptq.Quantize(stripe, width);
        for (var k = 0; k < K; k++)
            for (var n = 0; n < width; n++)
            {
                Assert.Equal(whole[k * N + width + n], levels[k * width + n]);
                Assert.Equal(scales[k / Block * N + width + n], part[k / Block * width + n], 1e-5f);
            }
    }

    /// <summary>
    /// What earlier linears lost is made good: on inputs that came out wrong, the corrected weights are closer to the right outputs.
    /// </summary>
    [Fact]
    public void Quantize_DriftedInputs_AimsCloserToTheRightOutputs()
    {
        float[] exact = Inputs(5), w = Weights(6), served = (float[])exact.Clone();
        var random = new Random(7);
        for (var t = 0; t < Tokens; t++)
            for (var k = 0; k < K; k++)
                served[t * K + k] = 0.9f * exact[t * K + k] + 0.05f * exact[t * K + (k + 1) % K]
                    + (float)(0.1 * (random.NextDouble() - 0.5));
        var drift = new float[K * K];
        for (var t = 0; t < Tokens; t++)
            for (var i = 0; i < K; i++)
                for (var j = 0; j < K; j++) drift[i * K + j] += (exact[t * K + i] - served[t * K + i]) * served[t * K + j];
        var corrected = (float[])w.Clone();
        new Gptq(Gram(served), drift, K, Block, 100 * Tokens).Quantize(corrected, N);
        double Distance(float[] v)
        {
            double sum = 0;
            for (var t = 0; t < Tokens; t++)
                for (var n = 0; n < N; n++)
                {
                    double d = 0;
                    for (var k = 0; k < K; k++) d += (double)exact[t * K + k] * w[k * N + n] - (double)served[t * K + k] * v[k * N + n];
                    sum += d * d;
                }
            return Math.Sqrt(sum);
        }
        Assert.True(Distance(corrected) < Distance(w) * 0.8, $"{Distance(corrected)} against {Distance(w)}");
    }

    [Fact]
    public void Gram_NotFinite_IsAnError()
    {
        var gram = new float[K * K];
        gram.AsSpan().Fill(float.NaN);
        Assert.Throws<ArithmeticException>(() => new Gptq(gram, null, K, Block, Tokens));
    }
}
