using EdgeAgent.Bundles;
using EdgeAgent.Import.Quantizers;

namespace EdgeAgent.Tests.Import.Quantizers;

public sealed class RoundToNearestTests
{
    [Fact]
    public void Quantize_ValuesOnTheGrid_AreExact()
    {
        const int k = 64, n = 4;
        var random = new Random(1);
        var weights = new float[n * k];
        for (var row = 0; row < n; row++)
            for (var i = 0; i < k; i++) weights[row * k + i] = (i == 0 ? 7 : random.Next(-7, 8)) * 0.125f * (row + 1);
        var (matrix, error) = Quantize(weights, n, k);
        var values = matrix.Dequantize();
        for (var row = 0; row < n; row++)
            for (var i = 0; i < k; i++) Assert.Equal(weights[row * k + i], values[i * n + row], 5);
        Assert.InRange(error, 0, 1e-6);
    }

    [Fact]
    public void Quantize_NormalWeights_BeatsPlainAbsmaxRounding()
    {
        const int k = 256, n = 32;
        var random = new Random(2);
        var weights = Enumerable.Range(0, n * k)
            .Select(_ => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))
                .ToArray();
        var (matrix, error) = Quantize(weights, n, k);
        Assert.Equal(128, matrix.Block);
        Assert.All(matrix.Scales, s => Assert.True(s > 0));
        Assert.True(error < PlainError(weights, n, k, 128) * 0.97, $"{error} against {PlainError(weights, n, k, 128)}");
    }

    [Fact]
    public void Quantize_ZeroBlock_KeepsZeroWithAPositiveScale()
    {
        var (matrix, _) = Quantize(new float[2 * 32], 2, 32);
        Assert.All(matrix.Dequantize(), v => Assert.Equal(0, v));
        Assert.All(matrix.Scales, s => Assert.True(s > 0));
    }

    private static (QuantizedMatrix Matrix, double Error) Quantize(float[] weights, int n, int k)
    {
        var matrix = QuantizedMatrix.Empty(k, n, 4, QuantizedMatrix.BlockFor(k));
        var (error, norm) = RoundToNearest.Quantize(weights, matrix, 0);
        return (matrix, norm > 0 ? Math.Sqrt(error / norm) : 0);
    }

    private static double PlainError(float[] weights, int n, int k, int block)
    {
        double error = 0, norm = 0;
        for (var start = 0; start < n * k; start += block)
        {
            var scale = weights.AsSpan(start, block).ToArray().Max(Math.Abs) / 7;
            for (var i = start; i < start + block; i++)
            {
                var d = weights[i] - Math.Clamp(MathF.Round(weights[i] / scale), -8, 7) * scale;
                error += d * d;
                norm += weights[i] * weights[i];
            }
        }
        return Math.Sqrt(error / norm);
    }
}
