using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EdgeAgent.Tests.Mqtt;

/// <summary>An authority that is made for one test, and what it signs. Files are readable by a broker's own user.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly string _directory;
    private readonly X509Certificate2 _certificate;
    private byte _serial;

    public TestAuthority(string directory, string name)
    {
        _directory = directory;
        // mosquitto run by root becomes its own user and reads its key from here
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(directory, (UnixFileMode)0b111_101_101);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=edge-agent test {name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-10), DateTimeOffset.UtcNow.AddDays(100));
        PemPath = Path.Combine(directory, name + ".pem");
        File.WriteAllText(PemPath, _certificate.ExportCertificatePem());
    }

    public string PemPath { get; }

    /// <summary>Writes NAME.pem and NAME.key.</summary>
    /// <param name="host">A name the certificate is for; null for 127.0.0.1.</param>
    /// <param name="endsInHours">When it expires; negative for in the past.</param>
    /// <param name="beginsInDays">From when it is valid.</param>
    public void Issue(string name, string? host = null, double endsInHours = 12, double beginsInDays = -5)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (host is null) names.AddIpAddress(IPAddress.Loopback);
        else names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(_certificate, DateTimeOffset.UtcNow.AddDays(beginsInDays),
            DateTimeOffset.UtcNow.AddHours(endsInHours),
            [1, 2, 3, ++_serial]);
        File.WriteAllText(Path.Combine(_directory, name + ".pem"), certificate.ExportCertificatePem());
        var keyFile = Path.Combine(_directory, name + ".key");
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(keyFile, (UnixFileMode)0b110_100_100);
    }

    /// <summary>Writes a revocation list with the certificates of these names.</summary>
    public string Revoke(string list, params string[] names)
    {
        var builder = new CertificateRevocationListBuilder();
        foreach (var name in names)
        {
            using var certificate = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(_directory, name + ".pem"));
            builder.AddEntry(certificate);
        }
        var path = Path.Combine(_directory, list + ".crl");
        File.WriteAllText(path, PemEncoding.WriteString("X509 CRL",
            builder.Build(_certificate, 1, DateTimeOffset.UtcNow.AddDays(3), HashAlgorithmName.SHA256)));
        return path;
    }

    /// <summary>The certificate (PEM) for a signing request (PEM), as a site's authority makes it.</summary>
    public string Sign(string request, double endsInDays = 0.5)
    {
        var asked = CertificateRequest.LoadSigningRequestPem(request, HashAlgorithmName.SHA256);
        using var key = _certificate.GetECDsaPrivateKey()!;
        using var certificate = asked.Create(_certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(key),
            DateTimeOffset.UtcNow.AddDays(-5), DateTimeOffset.UtcNow.AddDays(endsInDays), [1, 2, 4, ++_serial]);
        return certificate.ExportCertificatePem() + "\n";
    }

    public void Dispose() => _certificate.Dispose();
}
