namespace EdgeAgent.Tests.Cli;

public sealed class FleetCommandTests
{
    [Theory]
    [InlineData("2MB/s", 2_000_000)]
    [InlineData("500k", 500_000)]
    [InlineData("1.5M/s", 1_500_000)]
    [InlineData("1234", 1234)]
    [InlineData(null, 0)]
    public void BytesPerSecond_Text_IsBytes(string? text, long bytes) =>
        Assert.Equal(bytes, EdgeAgent.Cli.FleetCommand.BytesPerSecond(text));
}
