using System.Device.I2c;
using EdgeAgent.Thermal;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Thermal;

/// <summary>Through the sensors' bindings, on devices without hardware.</summary>
public sealed class CabinetClimateTests
{
    private readonly FakeTimeProvider _clock = new();

    private CabinetClimate Climate(ClimateSensorKind kind, Func<I2cDevice> device, List<(int, int)>? opened = null) =>
        new(new ClimateOptions { Sensor = kind, Bus = 7 }, (bus, address) =>
        {
            opened?.Add((bus, address));
            return device();
        }, _clock);

    private static void IsNear(double celsius, double humidity, ClimateReading? reading)
    {
        Assert.NotNull(reading);
        Assert.Equal(celsius, reading.Celsius, 0.06);
        Assert.Equal(humidity, reading.HumidityPercent, 0.06);
    }

    [Fact]
    public void Read_Sht3x_MeasuresByTheDatasheet()
    {
        var opened = new List<(int, int)>();
        using var climate = Climate(ClimateSensorKind.Sht3x, () => new FakeSht3x(), opened);
        IsNear(FakeSht3x.Celsius, FakeSht3x.Humidity, climate.Read());
        Assert.Null(climate.Problem);
        Assert.Equal([(7, 0x44)], opened);
    }

    [Fact]
    public void Read_Bme280_MeasuresByTheDatasheet()
    {
        var opened = new List<(int, int)>();
        using var climate = Climate(ClimateSensorKind.Bme280, () => new FakeBme280(), opened);
        IsNear(FakeBme280.Celsius, FakeBme280.Humidity, climate.Read());
        Assert.Equal([(7, 0x77)], opened);
    }

    /// <summary>The binding would repeat its last value; a value that is old must not look new.</summary>
    [Fact]
    public void Read_WrongChecksum_GivesNoValue()
    {
        var device = new FakeSht3x();
        using var climate = Climate(ClimateSensorKind.Sht3x, () => device);
        Assert.NotNull(climate.Read());
        device.Checksum = 0x93;
        _clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Null(climate.Read());
        Assert.Contains("checksum is wrong: expected 0x92, found 0x93", climate.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AnotherChip_IsAProblem()
    {
        using var climate = Climate(ClimateSensorKind.Bme280, () => new FakeBme280(chip: 0x58)); // a BMP280 has no humidity
        Assert.Null(climate.Read());
        Assert.Contains("Bme280 on I2C bus 7, address 119 (0x77)", climate.Problem, StringComparison.Ordinal);
    }

    /// <summary>A sensor that is plugged in later is found within a minute, and set up anew.</summary>
    [Fact]
    public void Read_SensorUnpluggedAndBack_IsFoundAgain()
    {
        FakeSht3x? device = null;
        using var climate = Climate(ClimateSensorKind.Sht3x, () => device ?? throw new IOException("Can not open /dev/i2c-7"));
        for (var i = 0; i < 4; i++, _clock.Advance(TimeSpan.FromSeconds(6))) Assert.Null(climate.Read());
        Assert.Contains("Can not open /dev/i2c-7", climate.Problem, StringComparison.Ordinal);
        device = new FakeSht3x();
        _clock.Advance(TimeSpan.FromSeconds(61));
        Assert.NotNull(climate.Read());
        Assert.Null(climate.Problem);

        device.IsUnplugged = true;
        _clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Null(climate.Read());
        Assert.True(device.IsDisposed);
        Assert.Contains("Error 121", climate.Problem, StringComparison.Ordinal);
        device = new FakeSht3x();
        _clock.Advance(TimeSpan.FromSeconds(61));
        Assert.NotNull(climate.Read());
    }

    [Fact]
    public void Read_TwiceInASecond_MeasuresOnce()
    {
        var device = new FakeSht3x();
        using var climate = Climate(ClimateSensorKind.Sht3x, () => device);
        climate.Read();
        var transfers = device.Transfers;
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull(climate.Read());
        Assert.Equal(transfers, device.Transfers);
    }
}
