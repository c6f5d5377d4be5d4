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
}
