using System.Globalization;

namespace EdgeAgent.Platform;

/// <summary>Memory that can be taken without swapping: the kernel's MemAvailable (proc(5)), or what a control group leaves of it.</summary>
internal static class FreeMemory
{
    private const string MemoryInfo = "/proc/meminfo", OwnGroup = "/proc/self/cgroup", Groups = "/sys/fs/cgroup";

    /// <summary>Bytes; null where the system does not say.</summary>
    public static long? Bytes() => Bytes("/");

    /// <param name="root">Directory that holds <c>proc</c> and <c>sys</c>.</param>
    internal static long? Bytes(string root)
    {
        var available = Available(Read(root, MemoryInfo));
        return Group(root) is { } left && !(left > available) ? left : available;
    }

    private static long? Available(string text)
    {
        foreach (var line in text.Split('\n'))
        {
            if (line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is ["MemAvailable:", var kibibytes, ..]
                && long.TryParse(kibibytes, CultureInfo.InvariantCulture, out var n)) return n * 1024;
        }
        return null;
    }

    /// <summary>What the limit of the process's own control group (version 2) leaves; null without a limit.</summary>
    private static long? Group(string root)
    {
        var path = Read(root, OwnGroup).Split('\n').FirstOrDefault(l => l.StartsWith("0::/", StringComparison.Ordinal))?[3..].Trim();
        if (path is null) return null;
        return Number(Read(root, $"{Groups}{path}/memory.max")) is { } limit
            && Number(Read(root, $"{Groups}{path}/memory.current")) is { } used ? Math.Max(0, limit - used) : null;
    }

    private static long? Number(string text) => long.TryParse(text.Trim(), CultureInfo.InvariantCulture, out var n) ? n : null;

    private static string Read(string root, string path)
    {
        try
        {
            return TextFile.ReadUnchecked(Path.Join(root, path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
