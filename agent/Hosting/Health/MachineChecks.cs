using System.Globalization;
using EdgeAgent.Platform;
using EdgeAgent.Thermal;

namespace EdgeAgent.Hosting.Health;

/// <summary>Whether the thermal ladder has sensors, and what they say now.</summary>
internal sealed class SensorCheck(DoctorScene scene) : DoctorCheck("sensors")
{
    protected override IEnumerable<HealthFinding> Look()
    {
        var options = scene.Settings.Thermal;
        var sensors = new SysfsSensors(options.Enabled ? scene.In(Sysfs.Root) : Sysfs.None, scene.Clock, options.Ignore);
        var finding = new SensorsCheck(sensors, scene.Settings).Check();
        if (finding.Severity != HealthSeverity.Good || sensors.Read(0) is not { } reading) return [finding];
        return [reading.Hottest is { } hottest
            ? Good(string.Create(CultureInfo.InvariantCulture, $"the hottest sensor says {hottest:F0} C"))
            : Warning("there are sensors, and none gives a temperature", $"cat {scene.In(Sysfs.Root)}/class/thermal/thermal_zone*/temp",
                "without temperatures the device stays at L2: it serves stored answers first")];
    }
}

/// <summary>Whether the Jetson runs in its fastest power mode.</summary>
internal sealed class PowerModeCheck(DoctorScene scene) : DoctorCheck("power mode")
{
    protected override IEnumerable<HealthFinding> Look()
    {
        if (!File.Exists(scene.In("usr/sbin/nvpmodel"))) return [Skipped("no nvpmodel: not a Jetson")];
        var mode = new BoardSensors(scene.Root, scene.Clock).Read().PowerMode;
        return [mode switch
        {
            null => Warning("nvpmodel has set no mode", "sudo nvpmodel -q", "the clocks may be low"),
            0 => Good("0, the fastest"),
            _ => Warning($"{mode}; 0 is the fastest", "sudo nvpmodel -m 0 && sudo jetson_clocks",
                "answers are slower than the device can give them"),
        }];
    }
}

/// <summary>Whether the state directory's file system has room: bytes and files.</summary>
internal sealed class DiskCheck(DoctorScene scene) : DoctorCheck("disk")
{
    private const double Mega = 1e6;
    private const long MinFiles = 1000;

    protected override IEnumerable<HealthFinding> Look()
    {
        var state = scene.Settings.StateDirectory;
        if (state.Length == 0) return [Skipped("no state directory")];
        var place = Existing(state);
        return FileSystemRoom.Of(place) is { } room ? Judge(place, room, scene.Settings.Updates.SpaceMarginBytes)
            : [Skipped("the system does not say how much room there is")];
    }

    /// <param name="margin">Bytes that updates leave free.</param>
    internal static IEnumerable<HealthFinding> Judge(string place, FileSystemRoom room, long margin)
    {
        var mend = $"du -xh -d 2 {place} | sort -h | tail";
        var free = string.Create(CultureInfo.InvariantCulture,
            $"{room.FreeBytes / Mega:F0} of {room.TotalBytes / Mega:F0} MB are free in '{place}'");
        yield return room.FreeBytes == 0 ? Failure(free, mend, "answers are served, and nothing new is kept")
            : room.FreeBytes < margin ? Warning(free, mend, "updates are refused (NO_SPACE): Updates:SpaceMarginBytes must stay free")
            : Good(free);
        if (room.TotalFiles == 0) yield break; // no such bound
        var files = $"{room.FreeFiles} more files fit";
        yield return room.FreeFiles == 0 ? Failure(files, $"df -i {place}", "answers are served, and nothing new is kept")
            : room.FreeFiles < MinFiles ? Warning(files, $"df -i {place}") : Good(files);
    }

    private static string Existing(string path)
    {
        var at = Path.GetFullPath(path);
        while (!Directory.Exists(at)) at = Path.GetDirectoryName(at)!;
        return at;
    }
}

/// <summary>Whether the running agent is in the groups that own the GPU.</summary>
internal sealed class GroupCheck(DoctorScene scene) : DoctorCheck("groups")
{
    private static readonly string[] Needed = ["video", "render"];

    protected override IEnumerable<HealthFinding> Look()
    {
        if (!HasGpu()) return [Skipped("there is no GPU device node")];
        if (scene.Agent is not { } agent) return [Skipped("no agent runs whose groups could be read")];
        var status = TextFile.ReadLines(scene.In($"proc/{agent}/status"));
        if (Numbers(status, "Uid:").FirstOrDefault() == "0") return [Good("the agent runs as root")];
        var has = Numbers(status, "Groups:").ToHashSet();
        var missing = TextFile.ReadLines(scene.In("etc/group")).Select(l => l.Split(':'))
            .Where(g => g.Length > 2 && Needed.Contains(g[0]) && !has.Contains(g[2])).Select(g => g[0]).ToList();
        return [missing.Count == 0 ? Good($"the agent is in {string.Join(" and ", Needed)}")
            : Failure($"the agent is not in {string.Join(" and ", missing)}",
                $"sudo systemctl edit edge-agent (SupplementaryGroups={string.Join(' ', Needed)}), then restart it",
                "it cannot open the GPU and serves on the CPU")];
    }

    private bool HasGpu()
    {
        var (dev, dri) = (scene.In("dev"), scene.In("dev/dri"));
        return File.Exists(Path.Combine(dev, "nvmap")) || File.Exists(Path.Combine(dev, "nvidiactl"))
            || Directory.Exists(dev) && Directory.EnumerateFileSystemEntries(dev, "nvhost-*").Any()
            || Directory.Exists(dri) && Directory.EnumerateFileSystemEntries(dri, "renderD*").Any();
    }

    private static string[] Numbers(IReadOnlyList<string> status, string key) =>
        status.FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal))?[key.Length..]
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) ?? [];
}
