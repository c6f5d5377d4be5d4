using EdgeAgent.Thermal;

namespace EdgeAgent.Tests.Thermal;

public sealed class PowerSupplyTests
{
    [Theory]
    [InlineData("Battery", "Discharging", "41", null, 41.0)]
    [InlineData("UPS", "Discharging", "12", null, 12.0)]
    [InlineData("Battery", "Charging", "41", null, null)]
    [InlineData("Mains", "Discharging", "41", null, null)]
    [InlineData("Battery", "Discharging", "41", "Device", null)] // a mouse's
    [InlineData("Battery", "Discharging", "?", null, null)]
    public void Discharging_Supply_IsItsCharge(string type, string status, string capacity, string? scope, double? expected)
    {
        using var root = new TemporaryDirectory();
        var supply = Directory.CreateDirectory(root.File("class/power_supply/BAT0")).FullName;
        foreach (var (name, value) in new[] { ("type", type), ("status", status), ("capacity", capacity), ("scope", scope) })
            if (value is not null) File.WriteAllText(Path.Combine(supply, name), value + "\n");
        Assert.Equal(expected, new PowerSupply(root.Path).Discharging());
    }

    [Fact]
    public void Discharging_NoSuchFolder_IsMains() => Assert.Null(new PowerSupply("/nonexistent").Discharging());
}
