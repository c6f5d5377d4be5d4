using System.Device.Gpio;
using EdgeAgent.Platform;
using EdgeAgent.Thermal;

namespace EdgeAgent.Tests.Thermal;

public sealed class StackLightTests
{
    [Theory]
    [InlineData(Level.L0, false, false, "G--")]
    [InlineData(Level.L1, false, false, "-A-")]
    [InlineData(Level.L2, false, false, "-A-")]
    [InlineData(Level.L3, false, false, "--R")]
    [InlineData(Level.L4, true, false, "--R")]
    [InlineData(Level.L0, true, false, "--R")]
    [InlineData(Level.L0, false, true, "GA-")]
    public void Show_LevelAndState_LightsThePins(Level level, bool isAway, bool isMaintenance, string expected)
    {
        var driver = new MemoryGpioDriver();
        using var pins = new GpioPins(new GpioController(driver));
        var light = new StackLight(new StackLightOptions { Green = 5, Amber = 6, Red = 13 }, pins);
        light.Show(level == Level.L0 ? Level.L4 : Level.L0, isAway: false, isMaintenance: false);
        light.Show(level, isAway, isMaintenance);
        Assert.Equal(expected, $"{(driver.IsHigh(5) ? 'G' : '-')}{(driver.IsHigh(6) ? 'A' : '-')}{(driver.IsHigh(13) ? 'R' : '-')}");
    }
}
