using System.Diagnostics;
using System.Runtime.InteropServices;

namespace EdgeAgent.Tests.Scenarios;

/// <summary>
/// A disk with a volatile cache: an ext4 file system on a loop device over an image that qemu-storage-daemon exports, which logs
/// every block write and every flush (the format of dm-log-writes). From the log, <c>Images</c> makes what a power cut
/// could have left: all that was flushed, and any of the rest. Needs root, loop devices, FUSE, qemu-storage-daemon and mkfs.ext4.
/// </summary>
internal sealed class BlockDisk : IAsyncDisposable
{
    private const int Megabytes = 64;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private readonly string _folder;
    private readonly Process _daemon;
    private string? _loop;

    private BlockDisk(string folder, Process daemon) => (_folder, _daemon) = (folder, daemon);

    /// <summary>Where the file system is mounted.</summary>
    public string Mount => Path.Combine(_folder, "mnt");

    /// <summary>Why there can be none here; null where there can.</summary>
    public static string? Missing =>
        Environment.UserName != "root" ? "needs root, for loop devices"
        : new[] { "/dev/fuse", "/dev/loop-control" }.FirstOrDefault(f => !File.Exists(f)) is { } device ? $"no {device}"
        : new[] { "qemu-storage-daemon", "mkfs.ext4", "losetup", "mount" }.FirstOrDefault(tool =>
            !"/usr/bin:/usr/sbin:/bin:/sbin".Split(':').Any(d => File.Exists(Path.Combine(d, tool)))) is { } tool
            ? $"no {tool} (Debian: qemu-system-common, e2fsprogs)"
        : null;

    public static async Task<BlockDisk> StartAsync()
    {
        var folder =
            Directory.CreateDirectory(Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(),
                $"edge-agent-disk-{Guid.NewGuid():N}")).FullName;
        Directory.CreateDirectory(Path.Combine(folder, "mnt"));
        string At(string name) => Path.Combine(folder, name);
        await using (var image = File.Create(At("base.img"))) image.SetLength(Megabytes << 20);
        await RunAsync("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", At("base.img"));
        File.Copy(At("base.img"), At("disk.img"));
        foreach (var name in new[] { "log.bin", "export.img" }) await File.WriteAllBytesAsync(At(name), []);
        var daemon = Process.Start("qemu-storage-daemon",
            ["--blockdev", $"driver=file,filename={At("disk.img")},node-name=f1", "--blockdev",
                $"driver=file,filename={At("log.bin")},node-name=l1", "--blockdev",
                "driver=blklogwrites,node-name=b1,file=f1,log=l1,log-super-update-interval=1", "--export",
                $"type=fuse,id=e1,node-name=b1,mountpoint={At("export.img")},writable=on"])!;
        var disk = new BlockDisk(folder, daemon);
        try
        {
            var began = Stopwatch.GetTimestamp();
            while (new FileInfo(At("export.img")).Length == 0 && !daemon.HasExited)
            {
                await Task.Delay(20);
                if (Stopwatch.GetElapsedTime(began) > Limit) throw new TimeoutException($"no export from the daemon within {Limit}");
            }
            disk._loop = await LoopAsync(At("export.img"));
            await RunAsync("mount", disk._loop, disk.Mount);
            return disk;
        }
        catch
        {
            await disk.DisposeAsync();
            throw;
        }
    }

    /// <summary>Entries in the log so far.</summary>
    public int Entries
    {
        get
        {
            using var log = new FileStream(Path.Combine(_folder, "log.bin"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            Span<byte> super = stackalloc byte[32];
            log.ReadExactly(super);
            return (int)BitConverter.ToInt64(super[16..]);
        }
    }

    /// <summary>Everything to the disk, as between two lives.</summary>
    public static Task SyncAsync() => RunAsync("sync");

    /// <summary>Unmounts; the log stays.</summary>
    public async Task StopAsync()
    {
        if (_loop is { } loop)
        {
            _loop = null;
            await UnmountAsync(Mount);
            await RunAsync("losetup", "-d", loop);
        }
        if (_daemon.HasExited) return;
        using (var kill = Process.Start("kill", ["-TERM", _daemon.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])!)
            await kill.WaitForExitAsync();
        await _daemon.WaitForExitAsync();
    }

    /// <summary>A block write, or a flush.</summary>
    private sealed record Entry(long Offset, long Length, bool IsFlush, bool IsDiscard, long Data);

    /// <summary>
    /// Images a power cut could have left between two entries: everything up to a flush, and a random half of what was under way
    /// until the next one. Calls <paramref name="check"/> with the folder each is mounted at, how many entries are surely in it,
    /// and a number.
    /// </summary>
    /// <returns>How many were made.</returns>
    public async Task<int> ImagesAsync(int from, int to, int wanted, int seed, Func<string, int, int, Task> check)
    {
        var log = await File.ReadAllBytesAsync(Path.Combine(_folder, "log.bin"));
        var entries = Parse(log);
        to = Math.Min(to, entries.Count);
        var flushes = Enumerable.Range(0, to).Where(i => entries[i].IsFlush).ToList();
        var points = flushes.Where(f => f >= from).ToList();
        if (points.Count == 0) points.Add(Math.Max(0, from - 1)); // nothing was ever flushed: all of it is under way
        // evenly, the last one too
        if (points.Count > wanted)
            points = [.. Enumerable.Range(0, wanted).Select(i => points[(int)((i + 1L) * points.Count / wanted) - 1])];
        var random = new Random(seed);
        var made = 0;
        while (made < wanted)
            foreach (var point in points)
            {
                if (made == wanted) break;
                var next = flushes.FirstOrDefault(f => f > point, to);
                var tail = Enumerable.Range(point + 1, Math.Max(0, next - point - 1)).Where(_ => random.Next(2) == 0).ToArray();
                random.Shuffle(tail);
                var image = Path.Combine(_folder, "crash.img");
                File.Copy(Path.Combine(_folder, "base.img"), image, overwrite: true);
                using (var handle = File.OpenHandle(image, FileMode.Open, FileAccess.Write))
                    foreach (var i in Enumerable.Range(0, point + 1).Concat(tail))
                        if (entries[i] is { Length: > 0 } e && e.Offset + e.Length <= Megabytes << 20)
                            RandomAccess.Write(handle, e.IsDiscard ? new byte[e.Length] : log.AsSpan((int)e.Data, (int)e.Length), e.Offset);
                await MountedAsync(image, folder => check(folder, point + 1, made));
                made++;
            }
        return made;
    }

    private async Task MountedAsync(string image, Func<string, Task> check)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "crash")).FullName;
        var loop = await LoopAsync(image);
        try
        {
            await RunAsync("mount", loop, folder);
            try
            {
                await check(folder);
            }
            finally
            {
                await UnmountAsync(folder);
            }
        }
        finally
        {
            await RunAsync("losetup", "-d", loop);
        }
    }

    private static List<Entry> Parse(byte[] log)
    {
        const ulong magic = 0x6a736677736872;
        Assert.Equal(magic, BitConverter.ToUInt64(log));
        var (count, sector) = (BitConverter.ToInt64(log, 16), BitConverter.ToInt32(log, 24));
        var entries = new List<Entry>();
        long at = sector;
        for (var i = 0; i < count; i++)
        {
            var head = MemoryMarshal.Cast<byte, long>(log.AsSpan((int)at, 32));
            var (start, sectors, flags) = (head[0], head[1], head[2]);
            at += sector;
            var isDiscard = (flags & 4) != 0;
            entries.Add(new Entry(start * sector, sectors * sector, (flags & 1) != 0, isDiscard, at));
            if (!isDiscard) at += sectors * sector;
        }
        return entries;
    }

    /// <summary>
    /// Unmounts. Busy passes: a process that another test starts at this moment holds a copy of every open file between fork and
    /// exec, those on this file system too.
    /// </summary>
    private static async Task UnmountAsync(string folder)
    {
        for (var began = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                await RunAsync("umount", folder);
                return;
            }
            catch (IOException e) when (Stopwatch.GetElapsedTime(began) < Limit && e.Message.Contains("busy", StringComparison.Ordinal))
            {
                await Task.Delay(50);
            }
        }
    }

    private static async Task<string> LoopAsync(string file) => (await RunAsync("losetup", "-f", "--show", file)).Trim();

    private static async Task<string> RunAsync(string tool, params string[] arguments)
    {
        using var process =
            Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await output : throw new IOException($"{tool} {string.Join(' ', arguments)}: {await error}");
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await StopAsync();
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException e)
        {
            // what failed before this is what the test should tell
            TestContext.Current.TestOutputHelper?.WriteLine($"the disk was not cleared away: {e.Message}");
        }
        finally
        {
            _daemon.Dispose();
        }
    }
}
