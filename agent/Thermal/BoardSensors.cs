namespace EdgeAgent.Thermal;

/// <summary>
/// A Jetson's power rails (INA3221, Documentation/hwmon/ina3221.rst), fan, clocks, GPU load, over-current counters (soctherm) and
/// power mode, and those of them that other boards have. Found by name, under an injectable root.
/// </summary>
internal sealed class BoardSensors
{
    private readonly List<(string Label, SensorFile Millivolts, SensorFile Milliamperes)> _rails = [];
    private readonly List<SensorFile> _fans = [], _overCurrents = [], _gpuLoads = [], _cpuClocks = [], _gpuClocks = [];
    private readonly string _powerMode;

    /// <param name="root">/, or a tree of the needed files in tests.</param>
    public BoardSensors(string root, TimeProvider clock)
    {
        _powerMode = Path.Combine(root, "var", "lib", "nvpmodel", "status");
        var thread = new SensorThread();
        SensorFile At(params string[] parts) => new(Path.Combine(parts), thread, clock);
        foreach (var monitor in Folders(Path.Combine(root, "sys", "class", "hwmon"), "hwmon*"))
        {
            var name = SensorFile.Word(Path.Combine(monitor, "name"));
            if (name == "ina3221")
                for (var rail = 1; rail <= 3; rail++)
                    if (SensorFile.Word(Path.Combine(monitor, $"in{rail}_label")) is { Length: > 0 } label && label != "nc")
                        _rails.Add((label, At(monitor, $"in{rail}_input"), At(monitor, $"curr{rail}_input")));
            foreach (var file in new[] { "fan1_input", "rpm" })
                if (File.Exists(Path.Combine(monitor, file))) _fans.Add(At(monitor, file));
            foreach (var number in new[] { 1, 2 })
                if (File.Exists(Path.Combine(monitor, $"oc{number}_event_cnt"))) _overCurrents.Add(At(monitor, $"oc{number}_event_cnt"));
        }
        foreach (var device in Folders(Path.Combine(root, "sys", "class", "devfreq"), "*"))
        {
            if (!IsGpu(Path.GetFileName(device))) continue;
            _gpuClocks.Add(At(device, "cur_freq"));
            if (File.Exists(Path.Combine(device, "device", "load"))) _gpuLoads.Add(At(device, "device", "load"));
        }
        foreach (var policy in Folders(Path.Combine(root, "sys", "devices", "system", "cpu", "cpufreq"), "policy*"))
            _cpuClocks.Add(At(policy, "scaling_cur_freq"));
    }

    /// <summary>Whether a devfreq device is a GPU: ga10b (Orin), gv11b (Xavier), or an address and "gpu".</summary>
    private static bool IsGpu(string name) =>
        name.Contains("gpu", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".ga10b", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith(".gv11b", StringComparison.OrdinalIgnoreCase);

    private static string[] Folders(string path, string pattern) =>
        Directory.Exists(path) ? [.. Directory.GetDirectories(path, pattern).Order(StringComparer.Ordinal)] : [];

    public BoardReading Read() => new()
    {
        PowerWatts = Power(),
        FanRpm = _fans.Select(f => f.Read()).Max(),
        GpuLoadPercent = _gpuLoads.Select(l => l.Read() / 10).Max(),
        CpuMegahertz = _cpuClocks.Select(c => c.Read() / 1e3).Max(),
        GpuMegahertz = _gpuClocks.Select(c => c.Read() / 1e6).Max(),
        OverCurrents = _overCurrents.Count == 0 ? null : _overCurrents.Sum(o => o.Read() ?? 0),
        PowerMode = Mode(),
    };

    private double? Power()
    {
        var rails = _rails.ConvertAll(r => (r.Label, Watts: r.Millivolts.Read() * r.Milliamperes.Read() / 1e6));
        // the input rail feeds the others: adding them would count their power twice
        if (rails.Find(r => r.Label == "vdd_in").Watts is { } input) return input;
        return rails.Exists(r => r.Watts is not null) ? rails.Sum(r => r.Watts ?? 0) : null;
    }

    /// <summary>The power mode in nvpmodel's status file, "pmode:0003 fmode:...".</summary>
    private int? Mode()
    {
        const string key = "pmode:";
        var text = SensorFile.Word(_powerMode);
        var at = text.IndexOf(key, StringComparison.Ordinal);
        return at >= 0
            && int.TryParse(text[(at + key.Length)..].Split(' ', '\n')[0], System.Globalization.CultureInfo.InvariantCulture, out var mode)
            ? mode : null;
    }
}
