using EdgeAgent.Inference.Decoders.Prepared;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Inference.Decoders.Prepared;

public sealed class PreparedStoreTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private PreparedStore Store => new(_directory.File("prepared"), TimeProvider.System, NullLogger.Instance);

    private static PreparedKey Key(string weights = "w") => new(weights, "g", "1.31.1", "cpu", "x64", "accuracy 4");

    private string Prepare(PreparedKey key)
    {
        var folder = Store.Begin(key)!;
        File.WriteAllText(Path.Combine(folder, PreparedStore.GraphFile), "graph");
        File.WriteAllText(Path.Combine(folder, PreparedStore.WeightsFile), new string('w', 100_000));
        Store.Commit(key);
        return Path.Combine(_directory.File("prepared"), key.Folder());
    }

    [Fact]
    public void Find_Sealed_IsTheGraph()
    {
        var folder = Prepare(Key());
        Assert.Equal(Path.Combine(folder, PreparedStore.GraphFile), Store.Find(Key()));
    }

    public static TheoryData<string, Action<string>> Damages => new()
    {
        { "a flipped bit in the weights", f => Change(f, PreparedStore.WeightsFile, b => b[77_777] ^= 1) },
        { "a flipped bit in the graph", f => Change(f, PreparedStore.GraphFile, b => b[0] ^= 1) },
        { "truncated weights", f => File.WriteAllText(Path.Combine(f, PreparedStore.WeightsFile), "w") },
        { "no weights", f => File.Delete(Path.Combine(f, PreparedStore.WeightsFile)) },
        { "no seal", f => File.Delete(Path.Combine(f, PreparedStore.SealFile)) },
        { "an empty seal", f => File.WriteAllText(Path.Combine(f, PreparedStore.SealFile), "") },
        { "a seal of nothing", f => File.WriteAllText(Path.Combine(f, PreparedStore.SealFile), "{}") },
        { "null", f => File.WriteAllText(Path.Combine(f, PreparedStore.SealFile), "null") },
        { "a directory for a file", Replace },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public void Find_Damaged_IsNotTrusted(string damage, Action<string> apply)
    {
        Assert.NotEmpty(damage);
        apply(Prepare(Key()));
        Assert.Null(Store.Find(Key()));
        Prepare(Key());
        Assert.NotNull(Store.Find(Key()));
    }

    [Fact]
    public void Find_FolderOfAnotherKey_IsNotTrusted()
    {
        var folder = Prepare(Key());
        Directory.Move(folder, Path.Combine(_directory.File("prepared"), Key("other").Folder()));
        Assert.Null(Store.Find(Key("other")));
    }

    [Fact]
    public void Folder_ChangesWithEveryPart()
    {
        var key = Key();
        PreparedKey[] all = [key, key with { Weights = "x" }, key with { Graph = "x" }, key with { Runtime = "x" }, key with { Form = "x" },
            key with { Processor = "x" }, key with { Options = "x" }];
        Assert.Equal(all.Length, all.Select(k => k.Folder()).Distinct().Count());
    }

    [Fact]
    public void Commit_ManyKeys_KeepsTheLastUsed()
    {
        for (var i = 0; i < 6; i++)
        {
            var folder = Prepare(Key($"w{i}"));
            Directory.SetLastWriteTimeUtc(folder, DateTime.UtcNow.AddDays(i - 10));
        }
        Prepare(Key("last"));
        Assert.NotNull(Store.Find(Key("last")));
        Assert.NotNull(Store.Find(Key("w5")));
        Assert.Null(Store.Find(Key("w0")));
        Assert.Equal(PreparedStore.Kept, Directory.GetDirectories(_directory.File("prepared")).Length);
    }

    [Fact]
    public void Begin_DirectoryIsAFile_IsRefusedWithoutAnException()
    {
        File.WriteAllText(_directory.File("prepared"), "");
        Assert.Null(Store.Begin(Key()));
        Assert.Null(Store.Find(Key()));
        Store.Commit(Key());
        Store.Remove(Key());
    }

    private static void Replace(string folder)
    {
        var seal = Path.Combine(folder, PreparedStore.SealFile);
        File.Delete(seal);
        Directory.CreateDirectory(seal);
    }

    private static void Change(string folder, string file, Action<byte[]> change)
    {
        var path = Path.Combine(folder, file);
        var bytes = File.ReadAllBytes(path);
        change(bytes);
        File.WriteAllBytes(path, bytes);
    }

    public void Dispose() => _directory.Dispose();
}
