using EdgeAgent.Platform;

namespace EdgeAgent.Tests.Platform;

public sealed class FreeMemoryTests
{
    private const string Information = "MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    600 kB\n";

    [Theory]
    [InlineData(null, null, 614_400L)]
    [InlineData("max", "1000", 614_400L)]
    [InlineData("500000", "100000", 400_000L)]
    [InlineData("900000000", "100000", 614_400L)] // the group's limit is above what the machine has
    [InlineData("1000", "5000", 0L)]
    public void Bytes_IsTheSmallerOfMachineAndGroup(string? limit, string? used, long expected)
    {
        using var root = new TemporaryDirectory();
        Directory.CreateDirectory(root.File("proc/self"));
        Directory.CreateDirectory(root.File("sys/fs/cgroup/system.slice/edge"));
        File.WriteAllText(root.File("proc/meminfo"), Information);
        File.WriteAllText(root.File("proc/self/cgroup"), "0::/system.slice/edge\n");
        if (limit is not null) File.WriteAllText(root.File("sys/fs/cgroup/system.slice/edge/memory.max"), limit + "\n");
        if (used is not null) File.WriteAllText(root.File("sys/fs/cgroup/system.slice/edge/memory.current"), used + "\n");
        Assert.Equal(expected, FreeMemory.Bytes(root.Path));
    }

    [Fact]
    public void Bytes_NothingToRead_IsUnknown()
    {
        using var root = new TemporaryDirectory();
        Assert.Null(FreeMemory.Bytes(root.Path));
    }
}
