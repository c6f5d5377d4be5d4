using System.Device.I2c;

namespace EdgeAgent.Platform;

/// <summary>The board's I2C buses.</summary>
internal static class I2cBuses
{
    /// <exception cref="IOException">There is no such bus, or this user may not open it.</exception>
    public static I2cDevice Open(int bus, int address) => I2cDevice.Create(new I2cConnectionSettings(bus, address));
}
