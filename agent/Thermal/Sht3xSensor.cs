using System.Device.I2c;
using Iot.Device.Sht3x;

namespace EdgeAgent.Thermal;

/// <summary>Sensirion's SHT30, SHT31 and SHT35 through Iot.Device.Bindings.</summary>
internal sealed class Sht3xSensor(I2cDevice device) : IClimateSensor
{
    private readonly Sht3x _binding = new(new ChecksummedDevice(device));

    public ClimateReading Measure() => new(_binding.Temperature.DegreesCelsius, _binding.Humidity.Percent);

    public void Dispose() => _binding.Dispose();

    /// <summary>
    /// The binding keeps its last value where a checksum is wrong; a value that is old should not look new. So the checksum of each word
    /// is checked here (datasheet SHT3x-DIS, 4.12: polynomial 0x31, initial value 0xff).
    /// </summary>
    private sealed class ChecksummedDevice(I2cDevice inner) : I2cDevice
    {
        private const int Group = 3; // two bytes and their checksum

        public override I2cConnectionSettings ConnectionSettings => inner.ConnectionSettings;

        public override void Read(Span<byte> buffer)
        {
            inner.Read(buffer);
            for (var i = 0; i + Group <= buffer.Length; i += Group)
                if (Checksum(buffer[i], buffer[i + 1]) is var expected && expected != buffer[i + 2])
                    throw new IOException($"a checksum is wrong: expected 0x{expected:x2}, found 0x{buffer[i + 2]:x2}; check the wiring");
        }

        public override void Write(ReadOnlySpan<byte> buffer) => inner.Write(buffer);

        public override void WriteRead(ReadOnlySpan<byte> writeBuffer, Span<byte> readBuffer)
        {
            Write(writeBuffer);
            Read(readBuffer);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }

        private static byte Checksum(byte first, byte second)
        {
            var crc = 0xff;
            foreach (var b in (ReadOnlySpan<byte>)[first, second])
            {
                crc ^= b;
                for (var bit = 0; bit < 8; bit++) crc = ((crc & 0x80) != 0 ? crc << 1 ^ 0x31 : crc << 1) & 0xff;
            }
            return (byte)crc;
        }
    }
}
