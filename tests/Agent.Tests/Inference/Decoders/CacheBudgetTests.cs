using EdgeAgent.Inference.Decoders;

namespace EdgeAgent.Tests.Inference.Decoders;

public sealed class CacheBudgetTests
{
    private const long Mega = 1_000_000;

    private static StudentNeed Need(int wanted, bool asked = false, long weights = 100 * Mega) => new(weights, 50_000, 8, wanted, asked);

    [Theory]
    [InlineData(4096, 0, 8_000L, 4096)] // 1,638 MB of 3,950 MB
    [InlineData(4096, 0, null, 4096)] // the system does not say
    [InlineData(4096, 0, 2_000L, 2048)] // half of 1,900 MB holds 2,375 tokens: the power of two below
    [InlineData(4096, 500, 8_000L, 1024)] // the limit holds 1,250
    [InlineData(4096, 5_000, 1_000L, 2048)] // a limit above what is free counts as what is free: 900 MB hold 2,250
    [InlineData(128, 0, 300L, 128)] // a small student needs no 256
    public void Context_Default_IsWhatFits(int wanted, long limit, long? free, int expected) =>
        Assert.Equal(expected, CacheBudget.Context(Need(wanted), limit * Mega, free * Mega));

    [Theory]
    [InlineData(2000, 0, 1_000L)] // 800 MB of 900: a context that was asked for may take all that is free
    [InlineData(2000, 800, 8_000L)]
    public void Context_AskedForAndFitting_IsTaken(int wanted, long limit, long? free) =>
        Assert.Equal(wanted, CacheBudget.Context(Need(wanted, asked: true), limit * Mega, free * Mega));

    [Theory]
    [InlineData(2000, 0, 800L, "8 rows of 2000 tokens need 800 MB", "700 MB may be used", "of 800 MB free memory the weights take 100 MB")]
    [InlineData(2000, 700, 8_000L, "8 rows of 2000 tokens need 800 MB", "700 MB may be used (Student:CacheLimit)",
        "or raise Student:CacheLimit")]
    [InlineData(2000, 0, 90L, "the student's weights need 100 MB, and 90 MB of memory are free", "a smaller student", "")]
    public void Context_AskedForAndTooLarge_SaysWhatNeedsHowMuch(int wanted, long limit, long? free, string need, string budget,
        string source)
    {
        var e = Assert.Throws<StudentMemoryException>(() => CacheBudget.Context(Need(wanted, asked: true), limit * Mega, free * Mega));
        Assert.Contains(need, e.Message, StringComparison.Ordinal);
        Assert.Contains(budget, e.Message, StringComparison.Ordinal);
        Assert.Contains(source, e.Message, StringComparison.Ordinal);
    }

    /// <summary>Prefixes grow beside the rows: what they may take is not promised twice.</summary>
    [Fact]
    public void Context_PrefixesBeside_AreCounted()
    {
        var need = Need(4096) with { Prefixes = 1_000 * Mega };
        Assert.Equal(2048, CacheBudget.Context(need, 0, 3_000 * Mega)); // half of 1,900 MB
        var e = Assert.Throws<StudentMemoryException>(() => CacheBudget.Context(need, 0, 1_150 * Mega));
        Assert.Contains("or Student:PrefixCacheMegabytes", e.Message, StringComparison.Ordinal);
        Assert.Contains("the weights take 100 MB, the prefix cache up to 1000 MB", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Context_NotEvenTheLeastFits_Throws() => Assert.Contains("8 rows of 256 tokens need 102 MB",
        Assert.Throws<StudentMemoryException>(() => CacheBudget.Context(Need(4096), 0, 150 * Mega)).Message, StringComparison.Ordinal);
}
