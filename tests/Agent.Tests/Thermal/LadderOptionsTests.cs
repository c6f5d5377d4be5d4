using EdgeAgent.Hosting.Configuration;
using EdgeAgent.Thermal;

namespace EdgeAgent.Tests.Thermal;

public sealed class LadderOptionsTests
{
    [Fact]
    public void Problems_OutOfOrderOrRange_NameTheKey()
    {
        Assert.Empty(OptionValidator.Problems(new LadderOptions()));
        Assert.Contains(OptionValidator.Problems(new LadderOptions { Enter = [80, 86, 91, 95], Leave = [81, 80, 85, 89] }),
            p => p.StartsWith("Thermal:Enter", StringComparison.Ordinal));
        Assert.Contains(OptionValidator.Problems(new LadderOptions { Dwell = TimeSpan.Zero }),
            p => p.StartsWith("Thermal:DwellS", StringComparison.Ordinal));
    }
}
