using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using EdgeAgent.Hosting.Configuration;
using EdgeAgent.Platform;

namespace EdgeAgent.Hosting.Enrolment;

/// <summary>
/// The device's private key (ECDSA P-256) in its folder of secrets. It is made here and never leaves. A new one waits beside it until its
/// certificate is there: a key without one would keep the service from starting, and an old one stays in use while it is renewed.
/// </summary>
internal sealed class DeviceKey(string directory)
{
    private const string NewSuffix = ".new", OldSuffix = ".old";

    public string KeyPath => Path.Combine(directory, DeviceCredentials.Key);
    private string NewKeyPath => KeyPath + NewSuffix;

    /// <summary>A certificate signing request (PKCS #10, PEM) for the device's key; makes the key where there is none.</summary>
    /// <param name="device">The certificate's name: brokers take the user name from it.</param>
    /// <param name="isNew">Whether a new key is made although there is one.</param>
    /// <returns>The request, and whether its key was made now.</returns>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    public (string Request, bool IsMade) Request(string device, string site, bool isNew)
    {
        MakeFolder(directory);
        var path = !isNew && File.Exists(KeyPath) ? KeyPath : NewKeyPath;
        var isMade = isNew || !File.Exists(path);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (isMade) DurableFile.WriteSecret(path, Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem() + "\n"));
        else key.ImportFromPem(TextFile.ReadAllText(path));
        var name = new X500DistinguishedNameBuilder();
        name.AddOrganizationName(site);
        name.AddCommonName(device);
        return (new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA256).CreateSigningRequestPem() + "\n", isMade);
    }

    /// <summary>Takes the certificate that came back: the key that it is for becomes the device's.</summary>
    /// <exception cref="FormatException">It is no certificate, or one for another key.</exception>
    public X509Certificate2 Adopt(string pem, string source)
    {
        X509Certificate2 certificate;
        try
        {
            certificate = X509Certificate2.CreateFromPem(pem);
        }
        catch (CryptographicException e)
        {
            throw new FormatException($"expected a certificate in PEM in '{source}'; found {e.Message}", e);
        }
        var isNew = Fits(certificate, NewKeyPath);
        if (!isNew && !Fits(certificate, KeyPath))
            throw new FormatException($"expected a certificate for the device's key '{KeyPath}' in '{source}'; found one for another " +
                "key. Have the request of 'edge-agent enrol --csr' signed");
        DurableFile.WriteSecret(Path.Combine(directory, DeviceCredentials.Certificate), Encoding.UTF8.GetBytes(pem));
        if (!isNew) return certificate;
        if (File.Exists(KeyPath)) DurableFile.Rename(KeyPath, KeyPath + OldSuffix);
        DurableFile.Rename(NewKeyPath, KeyPath);
        return certificate;
    }

    /// <summary>A folder that only its owner can look into.</summary>
    public static void MakeFolder(string directory)
    {
        if (Directory.Exists(directory)) return;
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(directory);
        else Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static bool Fits(X509Certificate2 certificate, string path)
    {
        if (!File.Exists(path)) return false;
        using var key = ECDsa.Create();
        using var its = certificate.GetECDsaPublicKey();
        try
        {
            key.ImportFromPem(TextFile.ReadAllText(path));
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            throw new FormatException($"expected an ECDSA key in PEM in '{path}'; found {e.Message}", e);
        }
        return its is not null && its.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo());
    }
}
