using EdgeAgent.Platform;
using EdgeAgent.Thermal;

namespace EdgeAgent.Hosting.Modules;

/// <summary>
/// Opens what the settings say is wired to the board. What is missing is named and left out. Owns the pins; the devices are the caller's.
/// </summary>
internal sealed class BoardDevicesLoader(AgentSettings settings, TimeProvider clock) : IDisposable
{
    private readonly List<string> _missing = [];
    private GpioPins? _pins;

    public BoardDevices Open()
    {
        var options = settings.StackLight;
        _pins = options.IsUsed ? Try("the pins of StackLight", () => GpioChips.Open(options.Chip)) : null;
        return new BoardDevices
        {
            Light = _pins is null ? null : new StackLight(options, _pins),
            Button = _pins is null || options.Button < 0 ? null
                : Try("the maintenance button", () => new MaintenanceButton(_pins, options.Button, options.Hold)),
            Climate = settings.Climate.Sensor == ClimateSensorKind.None ? null
                : new CabinetClimate(settings.Climate, I2cBuses.Open, clock),
            Display = settings.Display.Enabled ? new CabinetDisplay(settings.Display, I2cBuses.Open, clock) : null,
            Missing = _missing,
        };
    }

    private T? Try<T>(string device, Func<T> open) where T : class
    {
        try
        {
            return open();
        }
        catch (Exception e) when (e is not OutOfMemoryException) // whatever a driver throws at a board without the pin
        {
            _missing.Add($"{device}: {e.Message}");
            return null;
        }
    }

    public void Dispose() => _pins?.Dispose();
}
