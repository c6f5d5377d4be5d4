using EdgeAgent.Thermal;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Thermal;

/// <summary>Through the binding, on a controller that understands what a real one understands.</summary>
public sealed class CabinetDisplayTests
{
    private static readonly DisplayOptions Options = new() { Enabled = true, Bus = 1, Address = 39 };
    private static readonly (string, string) First = ("L0 51C OK       ", "no problem      ");
    private static readonly (string, string) Second = ("L2 87C OK       ", "86 C, rising    ");

    [Fact]
    public void Show_Text_StandsOnTheDisplay()
    {
        var device = new FakeDisplay();
        using var display = new CabinetDisplay(Options, (_, _) => device, new FakeTimeProvider());
        display.Show(First);
        Assert.Equal(First, device.Text);
        Assert.True(device.IsLit);
        display.Show(Second);
        Assert.Equal(Second, device.Text);
        Assert.Null(display.Problem);
    }

    [Fact]
    public void Show_TheSameAgain_WritesNothing()
    {
        var device = new FakeDisplay();
        using var display = new CabinetDisplay(Options, (_, _) => device, new FakeTimeProvider());
        display.Show(First);
        var transfers = device.Transfers;
        display.Show(First);
        Assert.Equal(transfers, device.Transfers);
    }

    /// <summary>One that lost its power has lost its text and its settings.</summary>
    [Fact]
    public void Show_DisplayUnpluggedAndBack_IsSetUpAnew()
    {
        var (clock, device) = (new FakeTimeProvider(), new FakeDisplay());
        using var display = new CabinetDisplay(Options, (_, _) => device, clock);
        display.Show(First);
        device.IsUnplugged = true;
        display.Show(Second);
        Assert.Contains("I2C bus 1, address 39 (0x27): Error 121", display.Problem, StringComparison.Ordinal);
        device = new FakeDisplay();
        display.Show(Second); // not yet: a bus without the display is left alone for a minute
        Assert.Equal(0, device.Transfers);
        clock.Advance(TimeSpan.FromSeconds(61));
        display.Show(Second);
        Assert.Equal(Second, device.Text);
        Assert.Null(display.Problem);
    }
}
