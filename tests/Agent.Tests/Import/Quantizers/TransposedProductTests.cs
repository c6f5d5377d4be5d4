using static EdgeAgent.Import.Quantizers.TransposedProduct;

namespace EdgeAgent.Tests.Import.Quantizers;

/// <summary>Against plain loops in float64.</summary>
public sealed class TransposedProductTests
{
    internal static float[] Random(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 2 - 1))];
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(7, 5, 3)]
    [InlineData(300, 130, 70)]
    [InlineData(513, 33, 257)]
    public void Add_AnySizes_EqualsPlainLoops(int t, int m, int n)
    {
        const int pad = 3; // strides wider than the part that is used
        float[] a = Random(1, t * (m + pad)), b = Random(2, t * (n + pad)), c = Random(3, m * (n + pad));
        var expected = c.Select(v => (double)v).ToArray();
        for (var i = 0; i < m; i++)
            for (var j = 0; j < n; j++)
                for (var k = 0; k < t; k++) expected[i * (n + pad) + j] += -0.5 * a[k * (m + pad) + 1 + i] * b[k * (n + pad) + 2 + j];
        Add(new View(c, 0, m, n, n + pad), new View(a, 1, t, m, m + pad), new View(b, 2, t, n, n + pad), -0.5f);
        for (var i = 0; i < c.Length; i++) Assert.Equal(expected[i], c[i], 1e-4);
    }

    [Fact]
    public void Add_UpperOnly_HasTheWholeUpperTriangle()
    {
        const int t = 40, m = 61;
        var a = Random(4, t * m);
        float[] whole = new float[m * m], upper = new float[m * m];
        var view = new View(a, 0, t, m, m);
        Add(new View(whole, 0, m, m, m), view, view, 1);
        Add(new View(upper, 0, m, m, m), view, view, 1, upperOnly: true);
        for (var i = 0; i < m; i++)
            for (var j = i; j < m; j++) Assert.Equal(whole[i * m + j], upper[i * m + j]);
    }
}
