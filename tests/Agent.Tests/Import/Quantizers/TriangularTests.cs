using EdgeAgent.Import.Quantizers;
using static EdgeAgent.Import.Quantizers.TransposedProduct;

namespace EdgeAgent.Tests.Import.Quantizers;

/// <summary>Against plain loops in float64.</summary>
public sealed class TriangularTests
{
    [Theory]
    [InlineData(5)]
    [InlineData(64)]
    [InlineData(150)]
    public void Cholesky_OfAGramMatrix_MultipliesBackAndInverts(int n)
    {
        var x = TransposedProductTests.Random(5, 2 * n * n);
        var h = new float[n * n];
        var view = new View(x, 0, 2 * n, n, n);
        Add(new View(h, 0, n, n, n), view, view, 1);
        var u = (float[])h.Clone();
        Assert.True(Triangular.Cholesky(u, n));
        var w = Triangular.InverseTransposed(u, n);
        for (var i = 0; i < n; i++)
            for (var j = i; j < n; j++)
            {
                double product = 0;
                for (var k = 0; k <= i; k++) product += (double)u[k * n + i] * u[k * n + j];
                Assert.Equal(h[i * n + j], product, 1e-3);
                if (i != j) Assert.Equal(0, w[i * n + j]);
            }
        // W = U^-T, so W U^T is the identity
        for (var i = 0; i < n; i++)
            for (var j = 0; j < n; j++)
            {
                double sum = 0;
                for (var k = j; k <= i; k++) sum += (double)w[i * n + k] * u[j * n + k];
                Assert.Equal(i == j ? 1 : 0, sum, 1e-3);
            }
    }

    [Fact]
    public void Cholesky_NotPositiveDefinite_SaysNo() => Assert.False(Triangular.Cholesky([1, 2, 2, 1], 2));
}
