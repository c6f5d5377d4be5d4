using System.Device.Gpio;
using EdgeAgent.Platform;
using EdgeAgent.Thermal;
using Microsoft.Extensions.Time.Testing;

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
    public void Lights_LevelAndState_AreShown(Level level, bool isAway, bool isMaintenance, string expected)
    {
        var (green, amber, red) = StackLight.Lights(level, isAway, isMaintenance);
        Assert.Equal(expected, $"{(green ? 'G' : '-')}{(amber ? 'A' : '-')}{(red ? 'R' : '-')}");
    }

    /// <summary>Through System.Device.Gpio itself, on a driver without hardware.</summary>
    [Fact]
    public void Update_ButtonHeldForASecond_SwitchesMaintenance()
    {
        var (driver, clock) = (new MemoryGpioDriver(), new FakeTimeProvider());
        using var pins = new GpioPins(new GpioController(driver));
        var light = new StackLight(new StackLightOptions { Green = 5, Amber = 6, Red = 13, Button = 26 }, pins, clock);
        void Tick(double seconds, Level level = Level.L0)
        {
            clock.Advance(TimeSpan.FromSeconds(seconds));
            light.Update(level, isAway: false);
        }
        Tick(0.25);
        Assert.Equal((true, false, false), (driver.IsHigh(5), driver.IsHigh(6), driver.IsHigh(13)));
        Tick(0.25, Level.L3);
        Assert.Equal((false, false, true), (driver.IsHigh(5), driver.IsHigh(6), driver.IsHigh(13)));
        driver.Set(26, isHigh: false);
        Tick(0.25);
        Tick(0.5);
        driver.Set(26, isHigh: true);
        Tick(0.25);
        Assert.False(light.IsMaintenance); // too short
        driver.Set(26, isHigh: false);
        for (var i = 0; i < 20; i++) Tick(0.25); // held on: one switch
        Assert.True(light.IsMaintenance);
        Assert.True(driver.IsHigh(5) && driver.IsHigh(6));
        driver.Set(26, isHigh: true);
        Tick(0.25);
        driver.Set(26, isHigh: false);
        for (var i = 0; i < 6; i++) Tick(0.25);
        Assert.False(light.IsMaintenance);
    }

    private sealed class MemoryGpioDriver : GpioDriver
    {
        private readonly Dictionary<int, bool> _pins = [];

        public bool IsHigh(int pin) => _pins.GetValueOrDefault(pin, true);

        public void Set(int pin, bool isHigh) => _pins[pin] = isHigh;

        protected override int PinCount => 40;

        protected override void OpenPin(int pinNumber)
        {
        }

        protected override void ClosePin(int pinNumber)
        {
        }

        private readonly Dictionary<int, PinMode> _modes = [];

        protected override void SetPinMode(int pinNumber, PinMode mode) => _modes[pinNumber] = mode;

        protected override PinMode GetPinMode(int pinNumber) => _modes.GetValueOrDefault(pinNumber);

        protected override bool IsPinModeSupported(int pinNumber, PinMode mode) => true;

        protected override PinValue Read(int pinNumber) => IsHigh(pinNumber) ? PinValue.High : PinValue.Low;

        protected override void Write(int pinNumber, PinValue value) => Set(pinNumber, value == PinValue.High);

        protected override WaitForEventResult WaitForEvent(int pinNumber, PinEventTypes eventTypes, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        protected override void AddCallbackForPinValueChangedEvent(int pinNumber, PinEventTypes eventTypes,
            PinChangeEventHandler callback) => throw new NotSupportedException();

        protected override void RemoveCallbackForPinValueChangedEvent(int pinNumber, PinChangeEventHandler callback) =>
            throw new NotSupportedException();
    }
}
