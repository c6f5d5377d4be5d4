using EdgeAgent.Thermal;

namespace EdgeAgent.Tests.Thermal;

public sealed class EnergyMeterTests
{
    /// <summary>Ten watts, then twenty: two rows get half each of what one gets alone.</summary>
    [Fact]
    public void PerRow_SeveralRows_ShareTheEnergy()
    {
        var meter = new EnergyMeter();
        Assert.Null(meter.PerRow(0));
        meter.Sample(0, 10, 1);
        meter.Sample(1, 10, 1);
        Assert.Equal(10, meter.PerRow(1));
        meter.Sample(2, 20, 2); // trapezoid: 15 J, one row
        Assert.Equal(25, meter.PerRow(2));
        meter.Sample(4, 20, 2); // 40 J for two rows
        Assert.Equal(45, meter.PerRow(4));
        Assert.Equal(50, meter.PerRow(4.5)); // between samples
        meter.Sample(5, null, 0);
        Assert.Null(meter.PerRow(5)); // no power reading
    }
}
