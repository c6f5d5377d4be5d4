using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Bundles.Slots;
using EdgeAgent.Fleet;
using EdgeAgent.Tests.Cli;
using EdgeAgent.Tests.Updates;

namespace EdgeAgent.Tests.Fleet;

public sealed class BundleSignerTests : IDisposable
{
    private readonly UpdateLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public void Sign_Twice_KeepsTheId()
    {
        var directory = _lab.CopyTemplate("v2", release: 2, seed: 1);
        BundleSigner.Sign(directory, _lab.Key);
        var id = BundleId.Of(directory);
        BundleSigner.Sign(directory, _lab.Key);
        Assert.Equal(id, BundleId.Of(directory));
        Assert.Equal(id, new BundlePublisher(directory, "local", TimeProvider.System).Id);
        File.AppendAllText(Path.Combine(directory, "golden.jsonl"), "\n");
        BundleSigner.Sign(directory, _lab.Key);
        Assert.NotEqual(id, BundleId.Of(directory));
    }

    [Fact]
    public void Sign_NoBundle_IsRefused() =>
        Assert.Throws<VerificationException>(() => BundleSigner.Sign(_lab.KeysPath, _lab.Key));

    /// <summary>Without options about shards the verb makes what 'fleet publish' takes; other directories keep the default.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ModelSign_WithoutSerialization_FitsTheDirectory(bool isBundle)
    {
        var directory = _lab.CopyTemplate("v2", release: 2, seed: 1);
        if (!isBundle) File.Delete(Path.Combine(directory, StudentManifest.FileName));
        using var keys = new TemporaryDirectory();
        File.WriteAllText(keys.File("key.pem"), _lab.Key.ExportPkcs8PrivateKeyPem());
        var signature = Path.Combine(directory, Bundle.SignatureFileName);
        var (code, _, error) = await AgentProcess.RunAsync(null, "model", "sign", "key", directory, "--private-key", keys.File("key.pem"),
            "--signature", signature);
        Assert.True(code == 0, error);
        var manifest = BundleChunks.ManifestOf(directory)!;
        Assert.Equal(isBundle ? BundleChunks.MaxBytes : null, manifest.ShardSize);
        if (isBundle) Assert.Equal(64, new BundlePublisher(directory, "local", TimeProvider.System).Id.Length);
    }
}
