using EdgeAgent.Hosting.Configuration;
using EdgeAgent.Thermal;

namespace EdgeAgent.Tests.Thermal;

public sealed class StackLightOptionsTests
{
    [Fact]
    public void Problems_PinTwice_IsNamed() =>
        Assert.Contains("each pin once", string.Join(' ', OptionValidator.Problems(new StackLightOptions { Green = 5, Red = 5 })),
            StringComparison.Ordinal);
}
