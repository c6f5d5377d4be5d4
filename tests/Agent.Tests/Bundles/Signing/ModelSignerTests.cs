using System.Security.Cryptography;
using System.Text.Json;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Tests.Cli;

namespace EdgeAgent.Tests.Bundles.Signing;

public sealed class ModelSignerTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _model;

    public ModelSignerTests()
    {
        _model = _directory.File("model");
        foreach (var (name, length) in new[] { ("weights/a.bin", 200), ("config.json", 10), ("empty.bin", 0), ("资料/说明 😀.md", 65),
            (".git/HEAD", 5), ("sub/.git/x", 3) })
        {
            var path = Path.Combine(_model, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, [.. Enumerable.Range(0, length).Select(i => (byte)i)]);
        }
    }

    public void Dispose() => _directory.Dispose();

    public static TheoryData<string, long?> CurvesAndMethods => new()
    {
        { "nistP256", null }, { "nistP384", null }, { "nistP521", null }, { "nistP256", 64 }, { "nistP256", 1L << 20 },
    };

    [Theory]
    [MemberData(nameof(CurvesAndMethods))]
    public void Sign_ThenVerify_HoldsAndEveryChangedByteIsSeen(string curve, long? shardSize)
    {
        using var key = ECDsa.Create(ECCurve.CreateFromFriendlyName(curve));
        var signature = Path.Combine(_model, "model.sig");
        ModelSigner.SignWithKey(_model, signature, key, new SignOptions { ShardSize = shardSize });
        var pem = key.ExportSubjectPublicKeyInfoPem();
        var manifest = ModelVerifier.VerifyWithKey(_model, signature, pem, new VerifyOptions());
        Assert.Equal(shardSize, manifest.ShardSize);
        Assert.DoesNotContain(manifest.Resources, r => r.Path.StartsWith(".git", StringComparison.Ordinal) || r.Path == "model.sig");
        Assert.Contains(manifest.Resources, r => r.Path == "sub/.git/x");
        var file = Path.Combine(_model, "weights/a.bin");
        var good = File.ReadAllBytes(file);
        for (var i = 0; i < good.Length; i += 37)
        {
            var bad = good.ToArray();
            bad[i] ^= 1;
            File.WriteAllBytes(file, bad);
            Assert.Contains("weights/a.bin",
                Assert.Throws<VerificationException>(() =>
                    ModelVerifier.VerifyWithKey(_model, signature, pem, new VerifyOptions())).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Sign_AnyBytesOfTheBundleChanged_NeverVerifiesSomethingElse()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signature = _directory.File("model.sig");
        ModelSigner.SignWithKey(_model, signature, key, new SignOptions());
        var pem = key.ExportSubjectPublicKeyInfoPem();
        var good = File.ReadAllBytes(signature);
        var expected = ModelVerifier.VerifyWithKey(_model, signature, pem, new VerifyOptions());
        var random = new Random(4);
        for (var i = 0; i < Fuzzing.Cases; i++)
        {
            // one byte, or several; bytes cut out or doubled
            var bad = good.ToArray();
            for (var edits = random.Next(3) == 0 ? random.Next(1, 6) : 1; edits > 0; edits--)
            {
                var at = random.Next(bad.Length);
                if (random.Next(4) != 0) bad[at] = (byte)random.Next(256);
                else if (random.Next(2) == 0) bad = [.. bad[..at], .. bad[Math.Min(bad.Length, at + random.Next(1, 40))..], 32];
                else bad = [.. bad[..at], .. bad[Math.Max(0, at - random.Next(1, 40))..]];
            }
            try
            {
                var bundle = SignatureBundle.Parse(bad);
                if (!key.VerifyData(SignatureBundle.PreAuthenticationEncoding(bundle.PayloadType, bundle.Payload), bundle.Signature,
                    HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)) continue;
                Assert.Equal(expected.Resources.Select(r => r.Path), SignedManifest.Parse(bundle.Payload).Resources.Select(r => r.Path));
            }
            catch (VerificationException)
            {
                // the stated outcome
            }
        }
    }

    [Fact]
    public void Sign_EmptyModelOrLinks_AreRefused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Directory.CreateDirectory(_directory.File("nothing"));
        Assert.Contains("at least one file",
            Assert.Throws<VerificationException>(() =>
                ModelSigner.SignWithKey(_directory.File("nothing"), _directory.File("s"), key, new SignOptions())).Message,
            StringComparison.Ordinal);
        File.CreateSymbolicLink(Path.Combine(_model, "link"), "config.json");
        Assert.Contains("'link'",
            Assert.Throws<VerificationException>(() =>
                ModelSigner.SignWithKey(_model, _directory.File("s"), key, new SignOptions())).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_directory.File("s")));
    }

    /// <summary>
    /// The command line, in both spellings, with the test keys of the vectors: all three curves, SEC1 and encrypted PKCS#8, and a
    /// certificate.
    /// </summary>
    [Fact]
    public async Task CommandLine_SignsAndVerifiesWithEveryKindOfKey()
    {
        var keys = SharedData.Path("signing", "cases", "_keys");
        var signature = _directory.File("m.sig");
        File.WriteAllText(_directory.File("wrong"), "x");
        foreach (var privateKey in Directory.GetFiles(keys, "test-only-*.pem")
            .Where(f =>
                File.ReadAllText(f).Contains("PRIVATE KEY", StringComparison.Ordinal)
                && !File.ReadAllText(f).Contains("ENCRYPTED", StringComparison.Ordinal)))
        {
            ECDsa key;
            try
            {
                key = SigningKeys.PrivateKey(await File.ReadAllTextAsync(privateKey, TestContext.Current.CancellationToken), null);
            }
            catch (VerificationException)
            {
                continue; // keys of unsupported curves are among them
            }
            await File.WriteAllTextAsync(_directory.File("key.pub"), key.ExportSubjectPublicKeyInfoPem(),
                TestContext.Current.CancellationToken);
            var (code, _, error) = await AgentProcess.RunAsync(null, "model", "sign", "key", "--private_key", privateKey, "--signature",
                signature, "--serialization", "shards", "--shard-size", "1048576", _model);
            Assert.True(code == 0, $"{privateKey}: {error}");
            (code, _,
                error) = await AgentProcess.RunAsync(null, "model", "verify", "key", "--public-key", _directory.File("key.pub"),
                    "--signature", signature, _model);
            Assert.True(code == 0, $"{privateKey}: {error}");
        }
        File.AppendAllText(Path.Combine(_model, "config.json"), "!");
        var (failed, _, said) = await AgentProcess.RunAsync(null, "model", "verify", "key", "--public_key", _directory.File("key.pub"),
            "--signature", signature, _model);
        Assert.Equal(1, failed);
        Assert.Contains("expected a shard of 'config.json'", said, StringComparison.Ordinal);
        Assert.Equal(2, (await AgentProcess.RunAsync(null, "model", "verify", "key", _model)).Code);
    }

    [Fact]
    public void Sign_Bundle_IsWhatTheSpecificationShows()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ModelSigner.SignWithKey(_model, _directory.File("m.sig"), key, new SignOptions { ShardSize = 64 });
        using var bundle = JsonDocument.Parse(File.ReadAllBytes(_directory.File("m.sig")));
        Assert.Equal("application/vnd.dev.sigstore.bundle.v0.3+json", bundle.RootElement.GetProperty("mediaType").GetString());
        Assert.Equal(64,
            bundle.RootElement.GetProperty("verificationMaterial").GetProperty("publicKey").GetProperty("hint").GetString()!.Length);
        using var statement = JsonDocument.Parse(bundle.RootElement.GetProperty("dsseEnvelope").GetProperty("payload")
            .GetBytesFromBase64());
        var predicate = statement.RootElement.GetProperty("predicate");
        Assert.Equal(JsonValueKind.Number, predicate.GetProperty("serialization").GetProperty("shard_size").ValueKind);
        Assert.Equal("64", predicate.GetProperty("serialization").GetProperty("shard_size").GetRawText());
        Assert.All(predicate.GetProperty("resources").EnumerateArray(),
            r => Assert.Equal("sha256", r.GetProperty("algorithm").GetString()));
        Assert.Contains(predicate.GetProperty("resources").EnumerateArray(),
            r => r.GetProperty("name").GetString() == "weights/a.bin:128:192");
    }
}
