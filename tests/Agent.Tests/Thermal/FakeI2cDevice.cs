using System.Device.I2c;

namespace EdgeAgent.Tests.Thermal;

/// <summary>
/// A device on an I2C bus, at the bindings' own seam. While it is unplugged it answers as the kernel does: with an error.
/// </summary>
internal abstract class FakeI2cDevice : I2cDevice
{
    public bool IsUnplugged { get; set; }
    public bool IsDisposed { get; private set; }
    public int Transfers { get; private set; }

    public override I2cConnectionSettings ConnectionSettings { get; } = new(7, 0x44);

    public override void Read(Span<byte> buffer)
    {
        Touch();
        Answer(buffer);
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        Touch();
        Take(buffer);
    }

    public override void WriteRead(ReadOnlySpan<byte> writeBuffer, Span<byte> readBuffer)
    {
        Write(writeBuffer);
        Read(readBuffer);
    }

    protected abstract void Take(ReadOnlySpan<byte> bytes);

    protected abstract void Answer(Span<byte> bytes);

    private void Touch()
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (IsUnplugged) throw new IOException("Error 121 performing I2C data transfer.");
        Transfers++;
    }

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }
}

/// <summary>An SHT3x that measures the word of its datasheet's checksum example, twice: 0xbeef, checksum 0x92.</summary>
internal sealed class FakeSht3x : FakeI2cDevice
{
    /// <summary>Temperature and humidity of 0xbeef by the datasheet's formulas (4.13): -45 + 175 S/65535 C, 100 S/65535 %.</summary>
    public const double Celsius = 85.5, Humidity = 74.6;

    public byte Checksum { get; set; } = 0x92;

    protected override void Take(ReadOnlySpan<byte> bytes)
    {
        // commands: what they say does not matter to what is measured
    }

    protected override void Answer(Span<byte> bytes) => ((ReadOnlySpan<byte>)[0xbe, 0xef, 0x92, 0xbe, 0xef, Checksum]).CopyTo(bytes);
}

/// <summary>
/// A BME280's registers. Temperature: calibration and reading of the example in Bosch's BMP280 datasheet (3.12), 25.08 C. Humidity:
/// calibration values of our own; by the BME280 datasheet's formula the reading is 39.1 %.
/// </summary>
internal sealed class FakeBme280 : FakeI2cDevice
{
    public const double Celsius = 25.08, Humidity = 39.1;

    private readonly byte[] _registers = new byte[256];
    private int _at;

    public FakeBme280(byte chip = 0x60)
    {
        _registers[0xd0] = chip;
        Put(0x88, 27504, 26435, -1000, 1); // T1..T3; P1 must not be 0
        _registers[0xa1] = 75; // H1
        Put(0xe1, 370); // H2
        (_registers[0xe4], _registers[0xe5], _registers[0xe6], _registers[0xe7]) = (313 >> 4, 313 & 15 | (50 & 15) << 4, 50 >> 4, 30);
        // 0xf7: pressure (20 bits), temperature (20 bits), humidity (16 bits); the most significant byte first
        const int temperature = 519888 << 4, humidity = 27000;
        byte[] measured = [0x65, 0x5a, 0xc0, temperature >> 16 & 255, temperature >> 8 & 255, temperature & 255, humidity >> 8,
            humidity & 255];
        measured.CopyTo(_registers, 0xf7);
    }

    private void Put(int register, params int[] words)
    {
        foreach (var word in words)
        {
            _registers[register++] = (byte)(word & 255);
            _registers[register++] = (byte)(word >> 8 & 255);
        }
    }

    protected override void Take(ReadOnlySpan<byte> bytes)
    {
        _at = bytes[0];
        for (var i = 0; i + 1 < bytes.Length; i += 2) _registers[bytes[i]] = bytes[i + 1];
    }

    protected override void Answer(Span<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++) bytes[i] = _registers[_at + i & 255];
    }
}

/// <summary>
/// A display controller (HD44780) behind an expander (PCF8574): bit 0 selects data, bit 2 is the clock whose falling edge takes the
/// upper four bits.
/// </summary>
internal sealed class FakeDisplay : FakeI2cDevice
{
    private readonly char[] _memory = new char[128];
    private int _address, _high = -1;
    private bool _isFourBits;
    private byte _last;

    public FakeDisplay() => Array.Fill(_memory, ' ');

    /// <summary>Two lines of 16 columns; line 2 begins at address 0x40.</summary>
    public (string Upper, string Lower) Text => (new string(_memory, 0, 16), new string(_memory, 0x40, 16));

    public bool IsLit { get; private set; }

    protected override void Take(ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
        {
            if ((_last & 4) != 0 && (b & 4) == 0) Clock(_last);
            IsLit = (b & 8) != 0;
            _last = b;
        }
    }

    protected override void Answer(Span<byte> bytes) => throw new NotSupportedException("the display is never read");

    private void Clock(byte bus)
    {
        var isData = (bus & 1) != 0;
        if (!_isFourBits)
        {
            Execute(bus & 0xf0, isData);
            return;
        }
        if (_high < 0)
        {
            _high = bus & 0xf0;
            return;
        }
        var value = _high | bus >> 4;
        _high = -1;
        Execute(value, isData);
    }

    private void Execute(int value, bool isData)
    {
        if (isData) _memory[_address++ & 127] = (char)value;
        else if (value >= 0x80) _address = value & 127;
        else if (value >= 0x40) return;
        else if (value >= 0x20) (_isFourBits, _high) = ((value & 0x10) == 0, -1);
        else if (value == 1) Clear();
        else if (value is 2 or 3) _address = 0;
    }

    private void Clear()
    {
        Array.Fill(_memory, ' ');
        _address = 0;
    }
}
