namespace EdgeAgent.Tests.Thermal;

/// <summary>
/// Trees of sysfs files as the kernel's documentation and the boards' device trees describe them
/// (Documentation/ABI/testing/sysfs-class-thermal, Documentation/hwmon/ina3221.rst); none was recorded on a board.
/// </summary>
internal static class SysfsTree
{
    /// <param name="files">Each as path=content.</param>
    public static TemporaryDirectory Of(params string[] files)
    {
        var root = new TemporaryDirectory();
        foreach (var file in files)
        {
            var parts = file.Split('=');
            var path = root.File(parts[0]);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, parts[1] + "\n");
        }
        return root;
    }

    /// <param name="zones">Each as type and millidegrees.</param>
    public static IEnumerable<string> Zones(params string[] zones) =>
        zones.SelectMany((z, i) =>
            new[] { $"sys/class/thermal/thermal_zone{i}/type={z.Split(' ')[0]}",
                $"sys/class/thermal/thermal_zone{i}/temp={z.Split(' ')[1]}" });

    /// <param name="coolers">Each as type and state.</param>
    public static IEnumerable<string> Coolers(params string[] coolers) =>
        coolers.SelectMany((z, i) =>
            new[] { $"sys/class/thermal/cooling_device{i}/type={z.Split(' ')[0]}",
                $"sys/class/thermal/cooling_device{i}/cur_state={z.Split(' ')[1]}" });
}
