using System.Device.I2c;
using Iot.Device.CharacterLcd;

namespace EdgeAgent.Thermal;

/// <summary>
/// The display, through Iot.Device.Bindings. Only what changes is written; one that is missing is looked for again every minute. Not
/// safe for concurrent use.
/// </summary>
internal sealed class CabinetDisplay : IDisposable
{
    private readonly DisplayOptions _options;
    private readonly Func<int, int, I2cDevice> _open;
    private readonly TimedRead<bool> _write;
    private Lcd1602? _lcd; // the writing thread's, like the next field
    private (string Upper, string Lower) _text;
    private (string Upper, string Lower)? _shown;

    /// <param name="open">Opens a device on a bus, at an address.</param>
    public CabinetDisplay(DisplayOptions options, Func<int, int, I2cDevice> open, TimeProvider clock)
    {
        (_options, _open) = (options, open);
        _write = new TimedRead<bool>(Write, new SensorThread(), clock, maxFailures: 1);
    }

    /// <summary>Why nothing is shown; null where something is.</summary>
    public string? Problem => _write.Problem is { } problem
        ? $"the display on I2C bus {_options.Bus}, address {_options.Address} (0x{_options.Address:x2}): {problem}" : null;

    public void Show((string Upper, string Lower) text)
    {
        if (text == _shown) return;
        _text = text;
        _shown = _write.TryRead(out _) ? text : null;
    }

    private bool Write()
    {
        try
        {
            _lcd ??= new Lcd1602(LcdInterface.CreateI2c(_open(_options.Bus, _options.Address), uses8Bit: false));
            _lcd.SetCursorPosition(0, 0);
            _lcd.Write(_text.Upper);
            _lcd.SetCursorPosition(0, 1);
            _lcd.Write(_text.Lower);
            return true;
        }
        catch (Exception e) when (e is not OutOfMemoryException) // whatever a binding throws at a device that is not there
        {
            _lcd?.Dispose();
            _lcd = null; // it may have lost its settings with its power
            throw e as IOException ?? new IOException(e.Message, e);
        }
    }

    public void Dispose() => _lcd?.Dispose();
}
