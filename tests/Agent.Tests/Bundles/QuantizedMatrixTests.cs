using EdgeAgent.Bundles;

namespace EdgeAgent.Tests.Bundles;

public sealed class QuantizedMatrixTests
{
    [Theory]
    [InlineData(128, 128)]
    [InlineData(192, 64)]
    [InlineData(96, 32)]
    [InlineData(172, 0)]
    public void BlockFor_K_IsTheLargestThatDivides(int k, int block) => Assert.Equal(block, QuantizedMatrix.BlockFor(k));
}
