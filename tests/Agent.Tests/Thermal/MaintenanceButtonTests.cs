using System.Device.Gpio;
using EdgeAgent.Platform;
using EdgeAgent.Thermal;

namespace EdgeAgent.Tests.Thermal;

/// <summary>
/// Through Iot.Device.Bindings' GpioButton and System.Device.Gpio, on a driver without hardware. The binding's clock is real.
/// </summary>
public sealed class MaintenanceButtonTests : IDisposable
{
    private const int Pin = 26;
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(30), Endless = TimeSpan.FromHours(1);
    private readonly MemoryGpioDriver _driver = new();
    private readonly GpioPins _pins;
    private readonly SemaphoreSlim _switched = new(0);

    public MaintenanceButtonTests() => _pins = new GpioPins(new GpioController(_driver));

    private MaintenanceButton Button(TimeSpan hold)
    {
        var button = new MaintenanceButton(_pins, Pin, hold);
        button.Switched += () => _switched.Release();
        return button;
    }

    private void Press()
    {
        _driver.Set(Pin, isHigh: false);
        _driver.Raise(Pin, PinEventTypes.Falling);
    }

    private void Release()
    {
        _driver.Set(Pin, isHigh: true);
        _driver.Raise(Pin, PinEventTypes.Rising);
    }

    private async Task SwitchedAsync() =>
        Assert.True(await _switched.WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken));

    [Fact]
    public async Task Holding_TheButton_SwitchesMaintenanceOnAndOff()
    {
        using var button = Button(Short);
        Press();
        await SwitchedAsync();
        Assert.True(button.IsMaintenance);
        Release();
        Assert.True(button.IsMaintenance);
        Press();
        await SwitchedAsync();
        Assert.False(button.IsMaintenance);
    }

    [Fact]
    public void Releasing_BeforeTheHold_SwitchesNothing()
    {
        using var button = Button(Endless);
        for (var i = 0; i < 10; i++)
        {
            Press();
            Release();
        }
        Assert.False(button.IsMaintenance);
    }

    /// <summary>A contact that bounces when it closes: the hold counts all the same, once.</summary>
    [Fact]
    public async Task Holding_WithBounce_SwitchesOnce()
    {
        using var button = Button(Short);
        for (var i = 0; i < 5; i++)
        {
            _driver.Raise(Pin, PinEventTypes.Falling); // the level is high again by the time anybody looks
            _driver.Raise(Pin, PinEventTypes.Rising);
        }
        Press();
        await SwitchedAsync();
        _driver.Raise(Pin, PinEventTypes.Falling); // an edge that was reported twice, and its hold
        Assert.False(await _switched.WaitAsync(10 * Short, TestContext.Current.CancellationToken));
        Assert.True(button.IsMaintenance);
    }

    [Fact]
    public void Create_PinThatTheChipLacks_Throws() =>
        Assert.ThrowsAny<Exception>(() => new MaintenanceButton(_pins, 999, Short));

    public void Dispose()
    {
        _pins.Dispose();
        _switched.Dispose();
    }
}
