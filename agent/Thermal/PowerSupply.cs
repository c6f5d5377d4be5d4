using System.Globalization;
using EdgeAgent.Platform;

namespace EdgeAgent.Thermal;

/// <summary>Batteries and UPSs in sysfs (Documentation/ABI/testing/sysfs-class-power), under an injectable root.</summary>
internal sealed class PowerSupply(string root)
{
    /// <summary>The lowest charge, percent, of the batteries that discharge; null on mains, and where nothing can be read.</summary>
    public double? Discharging()
    {
        double? lowest = null;
        try
        {
            foreach (var supply in Directory.Exists(Folder) ? Directory.GetDirectories(Folder) : [])
            {
                if (Read(supply, "type") is not ("Battery" or "UPS") || Read(supply, "status") != "Discharging"
                    || Read(supply, "scope") == "Device") continue;
                if (double.TryParse(Read(supply, "capacity"), NumberStyles.Float, CultureInfo.InvariantCulture, out var percent)
                    && !(percent > lowest)) lowest = percent;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        return lowest;
    }

    private string Folder => Path.Combine(root, "class", "power_supply");

    private static string? Read(string supply, string name)
    {
        var path = Path.Combine(supply, name);
        try
        {
            return File.Exists(path) ? TextFile.ReadUnchecked(path).Trim() : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // a fuel gauge that does not answer
        }
    }
}
