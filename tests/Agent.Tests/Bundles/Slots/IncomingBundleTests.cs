using System.Security.Cryptography;
using EdgeAgent.Bundles.Slots;
using EdgeAgent.Tests.Updates;

namespace EdgeAgent.Tests.Bundles.Slots;

public sealed class IncomingBundleTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Take_BadChunks_AreDroppedAndCounted()
    {
        using var lab = new UpdateLab();
        var (source, id) = lab.Bundle("v2",
            change: d => File.WriteAllBytes(Path.Combine(d, "twice.bin"), [.. Enumerable.Repeat((byte)7, 2 * UpdateLab.Shard)]));
        using var incoming = IncomingBundle.Open(_directory.File("incoming"), id, ArtefactKind.Student);
        Assert.Equal(ChunkResult.Unknown, incoming.Take(0, [1]));
        Assert.Throws<EdgeAgent.Bundles.Signing.VerificationException>(() => incoming.TakeManifest([1, 2, 3], lab.Keys.Verify));
        incoming.TakeManifest(File.ReadAllBytes(Path.Combine(source, "model.sig")), lab.Keys.Verify);
        var content = BundleChunks.Read(source, incoming.Manifest!.Resources[0])!;
        Assert.Equal(ChunkResult.Unknown, incoming.Take(-1, content));
        Assert.Equal(ChunkResult.Unknown, incoming.Take(incoming.Chunks, content));
        Assert.Equal(ChunkResult.Corrupt, incoming.Take(0, RandomNumberGenerator.GetBytes(content.Length)));
        Assert.Equal(ChunkResult.Corrupt, incoming.Take(0, [.. content, 0]));
        Assert.Equal(ChunkResult.Corrupt, incoming.Take(0, []));
        Assert.Equal(ChunkResult.Taken, incoming.Take(0, content));
        Assert.Equal(ChunkResult.Duplicate, incoming.Take(0, content));
        // one chunk that stands at two places of the bundle comes once
        var twins = Enumerable.Range(0, incoming.Chunks).Where(n => incoming.Manifest!.Resources[n].Path == "twice.bin").ToList();
        Assert.Equal(ChunkResult.Taken, incoming.Take(twins[0], BundleChunks.Read(source, incoming.Manifest!.Resources[twins[0]])!));
        Assert.True(incoming.Has(twins[1]));
        // student.json is asked for first: it says whether the rest is worth it
        Assert.Equal("student.json", incoming.Manifest!.Resources[incoming.Missing.First()].Path);
    }

    /// <summary>The bundle moved to its slot and the power went: what is left of the incoming one is no bundle.</summary>
    [Fact]
    public void Open_FilesMovedAway_BeginsAnew()
    {
        using var lab = new UpdateLab();
        var (source, id) = lab.Bundle("v2");
        using (var incoming = IncomingBundle.Open(_directory.File("incoming"), id, ArtefactKind.Student))
        {
            incoming.TakeManifest(File.ReadAllBytes(Path.Combine(source, "model.sig")), lab.Keys.Verify);
            for (var n = 0; n < incoming.Chunks; n++) incoming.Take(n, BundleChunks.Read(source, incoming.Manifest!.Resources[n])!);
            Assert.True(incoming.IsComplete);
        }
        Directory.Move(Path.Combine(_directory.File("incoming"), "files"), _directory.File("slot"));
        using var again = IncomingBundle.Open(_directory.File("incoming"), id, ArtefactKind.Student);
        again.TakeManifest(File.ReadAllBytes(Path.Combine(source, "model.sig")), lab.Keys.Verify);
        Assert.Equal(0, again.Present);
    }
}
