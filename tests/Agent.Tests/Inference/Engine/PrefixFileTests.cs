using EdgeAgent.Inference.Engine;

namespace EdgeAgent.Tests.Inference.Engine;

public sealed class PrefixFileTests : IDisposable
{
    private const int Bytes = 48;
    private readonly TemporaryDirectory _directory = new();
    private readonly PrefixKey[] _keys = PrefixKey.Of("s", "", [.. Enumerable.Range(0, 200)]);

    private string Path => _directory.File("prefixes/student.prefixes");

    public void Dispose() => _directory.Dispose();

    private PrefixCache Cache(int shared)
    {
        var cache = new PrefixCache(1 << 20, Bytes);
        foreach (var key in _keys) cache.Add(key, "a", data => data.Fill((byte)key.GetHashCode()));
        foreach (var key in _keys[..shared]) cache.Add(key, "b", _ => { });
        return cache;
    }

    private int? Load(string origin, PrefixCache into) => PrefixFile.Load(Path, into, origin);

    /// <summary>Only what several clients have sent reaches the disk.</summary>
    [Fact]
    public void Save_SomeShared_WritesThoseAndAnotherProcessServesThem()
    {
        using (var cache = Cache(shared: 3)) PrefixFile.Save(Path, cache, "s", 1 << 20);
        using var read = new PrefixCache(1 << 20, Bytes);
        Assert.Equal(3, Load("s", read));
        Assert.Equal(3, read.Match(_keys, "anybody"));
        Assert.Equal((byte)_keys[1].GetHashCode(), read.Data(_keys[1], "anybody")[0]);
    }

    [Fact]
    public void Save_NothingShared_LeavesNoFile()
    {
        using (var cache = Cache(shared: 3)) PrefixFile.Save(Path, cache, "s", 1 << 20);
        using (var cache = Cache(shared: 0)) PrefixFile.Save(Path, cache, "s", 1 << 20);
        Assert.False(File.Exists(Path));
    }

    [Fact]
    public void Save_MoreThanItsBytes_KeepsTheLatestUsed()
    {
        using var cache = Cache(shared: _keys.Length);
        cache.Touch(_keys);
        PrefixFile.Save(Path, cache, "s", 36 + 16 + 3 * (PrefixKey.Bytes + Bytes) + 5);
        Assert.Equal(36 + 16 + 3 * (PrefixKey.Bytes + Bytes), new FileInfo(Path).Length);
        using var read = new PrefixCache(1 << 20, Bytes);
        Load("s", read);
        Assert.Equal(3, read.Match(_keys, "x"));
    }

    [Fact]
    public void Load_OfAnotherStudentOrGraph_UsesNothingAndRemovesIt()
    {
        using (var cache = Cache(shared: 3)) PrefixFile.Save(Path, cache, "s", 1 << 20);
        using var read = new PrefixCache(1 << 20, Bytes);
        Assert.Null(Load("other", read));
        Assert.Equal(0, read.Counts.Blocks);
        Assert.False(File.Exists(Path));
        Assert.Equal(0, Load("s", read)); // no file is no damage
    }

    /// <summary>Any byte changed, any length cut: nothing is used.</summary>
    [Fact]
    public void Load_AnyDamage_UsesNothing()
    {
        using (var cache = Cache(shared: 2)) PrefixFile.Save(Path, cache, "s", 1 << 20);
        var sound = File.ReadAllBytes(Path);
        using var read = new PrefixCache(1 << 20, Bytes);
        for (var at = 0; at < sound.Length; at += at < 100 ? 1 : 3)
        {
            var damaged = (byte[])sound.Clone();
            damaged[at] ^= 0x40;
            File.WriteAllBytes(Path, damaged);
            Assert.Null(Load("s", read));
            File.WriteAllBytes(Path, sound[..at]);
            Assert.Null(Load("s", read));
        }
        File.WriteAllBytes(Path, [.. sound, 0]);
        Assert.Null(Load("s", read));
        Assert.Equal(0, read.Counts.Blocks);
    }
}
