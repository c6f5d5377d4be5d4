using System.Security.Cryptography;
using System.Text.Json;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Updates;

namespace EdgeAgent.Tests.Updates;

public sealed class KeyRingTests : IDisposable
{
    private readonly UpdateLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task Rotate_SignedStatement_ChangesTheTrustedKeys()
    {
        using ECDsa next = ECDsa.Create(ECCurve.NamedCurves.nistP256), stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        JsonElement Statement(ECDsa by, int serial) =>
            JsonDocument.Parse(SignedStatement.Sign(SignedStatement.KeysType,
                JsonSerializer.Serialize(new
                {
                    serial,
                    add = new[] { next.ExportSubjectPublicKeyInfoPem() },
                    remove = new[] { SigningKeys.Hint(_lab.Key) }
                }), by)).RootElement;
        Assert.Throws<VerificationException>(() => _lab.Keys.Rotate(Statement(stranger, 1)));
        _lab.Keys.Rotate(Statement(_lab.Key, 1));
        Assert.Throws<VerificationException>(() => _lab.Keys.Rotate(Statement(_lab.Key, 2))); // the old key has gone
        Assert.Throws<VerificationException>(() => _lab.Keys.Rotate(Statement(next, 1))); // a serial counts once
        var (old, oldId) = _lab.Bundle("v2");
        Assert.Equal(UpdateReasons.SigInvalid, (await _lab.RunAsync("u1", old, oldId)).Reason);
        var (fresh, freshId) = _lab.Bundle("v3", key: next);
        Assert.Equal(UpdateState.Committed, (await _lab.RunAsync("u2", fresh, freshId)).State);
    }

    private static string Pem(ECDsa key) => key.ExportSubjectPublicKeyInfoPem() + "\n";

    private KeyRing Ring(string name, string content)
    {
        File.Delete(Path.Combine(_lab.KeysPath, "test.pem"));
        File.WriteAllText(Path.Combine(_lab.KeysPath, name), content);
        return _lab.Keys;
    }

    /// <summary>How a key is rolled over everywhere: both in one file. Each may end on a day of its own.</summary>
    [Theory]
    [InlineData("both.pem")]
    [InlineData("both.pub")]
    [InlineData("BOTH.CRT")]
    public void Trusted_TwoKeysInOneFile_AreBothTrusted(string name)
    {
        using ECDsa one = ECDsa.Create(ECCurve.NamedCurves.nistP256), two = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Assert.Equal(2, Ring(name, Pem(one) + Pem(two)).Trusted().Count);
        var ended = Assert.Single(Ring(name, $"Not-After: 2001-01-31\n{Pem(one)}Not-After: 2999-01-31\n{Pem(two)}").Trusted());
        Assert.Equal(Pem(two).Trim(), ended.Trim());
    }

    [Fact]
    public void Trusted_Certificate_CountsWithItsKeyAndItsPeriod()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=signer", key, HashAlgorithmName.SHA256);
        var now = DateTimeOffset.UtcNow;
        using var valid = request.CreateSelfSigned(now.AddDays(-2), now.AddDays(1));
        using var ended = request.CreateSelfSigned(now.AddDays(-2), now.AddDays(-1));
        Assert.Equal(Pem(key).Trim(), Assert.Single(Ring("signer.crt", valid.ExportCertificatePem()).Trusted()).Trim());
        Assert.Empty(Ring("signer.crt", ended.ExportCertificatePem()).Trusted());
    }

    /// <summary>What lies in the directory and is not used is named, with the reason.</summary>
    [Theory]
    [InlineData("key.txt", "PEM", "'key.txt' is not read: a key's file ends in .pem, .pub, .crt")]
    [InlineData("key.pem", "", "'key.pem': expected a public key or a certificate in PEM; found an empty file")]
    [InlineData("key.pub", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI", "'key.pub': expected a public key in PEM; found an OpenSSH key")]
    [InlineData("key.pem", "PRIVATE", "found a private key")]
    [InlineData("key.pem", "RSA", "'key.pem': expected a public key in PEM; found")]
    [InlineData("key.pem", "ENDED", "ended on 2001-01-31")]
    [InlineData("key.crt", "0\u0082\0", "which is text; found a NUL byte in line 1")]
    [InlineData("key.pem", "NODATE", "expected a date after 'Not-After:', such as 2027-01-31; found 'soon'")]
    public async Task Run_KeyThatCannotBeUsed_IsNamedWithItsReason(string name, string content, string words)
    {
        using var rsa = RSA.Create(2048);
        Ring(name, content switch
        {
            "PEM" => Pem(_lab.Key),
            "PRIVATE" => _lab.Key.ExportPkcs8PrivateKeyPem(),
            "RSA" => rsa.ExportSubjectPublicKeyInfoPem(),
            "ENDED" => $"Not-After: 2001-01-31\n{Pem(_lab.Key)}",
            "NODATE" => $"Not-After: soon\n{Pem(_lab.Key)}",
            _ => content
        });
        var (directory, id) = _lab.Bundle("v2");
        var update = await _lab.RunAsync("u1", directory, id);
        Assert.Equal(UpdateReasons.SigInvalid, update.Reason);
        Assert.Contains("found none (", update.Detail!, StringComparison.Ordinal);
        Assert.Contains(words, update.Detail!, StringComparison.Ordinal);
    }
}
