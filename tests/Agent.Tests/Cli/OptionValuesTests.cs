using EdgeAgent.Cli;

namespace EdgeAgent.Tests.Cli;

public sealed class OptionValuesTests
{
    [Theory]
    [InlineData("2MB/s", 2_000_000)]
    [InlineData("500k", 500_000)]
    [InlineData("1.5M/s", 1_500_000)]
    [InlineData("1234", 1234)]
    [InlineData(null, 0)]
    public void BytesPerSecond_Text_IsRead(string? text, long bytes) =>
        Assert.Equal(bytes, OptionValues.BytesPerSecond(text));

    [Theory]
    [InlineData("fast")]
    [InlineData("-1k")]
    [InlineData("M")]
    public void BytesPerSecond_NoBandwidth_IsAUsageError(string text) =>
        Assert.Throws<UsageException>(() => OptionValues.BytesPerSecond(text));

    [Fact]
    public void Share_Percentage_IsBetween0And1()
    {
        Assert.Equal((0, 0.05, 1), (OptionValues.Share("0%"), OptionValues.Share("5%"), OptionValues.Share("100%")));
        foreach (var text in new[] { "5", "101%", "-1%", "%" }) Assert.Throws<UsageException>(() => OptionValues.Share(text));
    }
}
