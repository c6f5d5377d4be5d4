using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeAgent.Mqtt;

namespace EdgeAgent.Tests.Mqtt;

public sealed class RevocationListTests : IDisposable
{
    private readonly TemporaryDirectory _keys = new();
    private readonly TestAuthority _authority, _other;

    public RevocationListTests()
    {
        (_authority, _other) = (new TestAuthority(_keys.Path, "ca"), new TestAuthority(_keys.Path, "other"));
        _authority.Issue("good");
        _authority.Issue("bad");
    }

    public void Dispose()
    {
        _authority.Dispose();
        _other.Dispose();
        _keys.Dispose();
    }

    private X509Certificate2 Load(string name) => X509CertificateLoader.LoadCertificateFromFile(_keys.File(name + ".pem"));

    private bool IsRevoked(RevocationList list, string name, string authority = "ca")
    {
        using var certificate = Load(name);
        using var signer = Load(authority);
        return list.IsRevoked(certificate, [signer]);
    }

    [Fact]
    public void IsRevoked_SaysWhatTheAuthorityHasRevoked()
    {
        var pem = File.ReadAllText(_other.Revoke("none")) + "\n" + File.ReadAllText(_authority.Revoke("list", "bad"));
        var list = RevocationList.Parse("f", pem);
        Assert.Equal((true, false), (IsRevoked(list, "bad"), IsRevoked(list, "good")));
        Assert.InRange((list.NextUpdate!.Value - DateTimeOffset.UtcNow).TotalDays, 2.9, 3);
        Assert.False(IsRevoked(list, "bad", "other")); // whoever signed it cannot be found
    }

    /// <summary>Whoever can write the list, but has not the authority's key, revokes nothing.</summary>
    [Fact]
    public void IsRevoked_SignatureIsWrong_IsFalse()
    {
        var der = PemBytes(File.ReadAllText(_authority.Revoke("list", "bad")));
        der[^1] ^= 1;
        Assert.False(IsRevoked(RevocationList.Parse("f", PemEncoding.WriteString("X509 CRL", der)), "bad"));
    }

    [Fact]
    public void IsRevoked_AuthorityWithAnRsaKey_IsTrue()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=rsa", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using var authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        // a serial number whose first bit is set
        using var certificate = request.Create(authority, authority.NotBefore, authority.NotAfter, [0xF1, 2, 3]);
        var builder = new CertificateRevocationListBuilder();
        builder.AddEntry(certificate);
        var der = builder.Build(authority, 1, DateTimeOffset.UtcNow.AddDays(1), HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1);
        Assert.True(RevocationList.Parse("f", PemEncoding.WriteString("X509 CRL", der)).IsRevoked(certificate, [authority]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")]
    [InlineData("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----")]
    public void Parse_NoList_SaysWhatIsExpected(string text)
    {
        var error = Assert.Throws<CredentialFileException>(() => RevocationList.Parse("/etc/x.crl", text));
        Assert.StartsWith("expected revocation lists in PEM", error.Message, StringComparison.Ordinal);
        Assert.Contains("'/etc/x.crl'", error.Message, StringComparison.Ordinal);
    }

    private static byte[] PemBytes(string pem) => Convert.FromBase64String(pem[PemEncoding.Find(pem).Base64Data]);
}
