using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EdgeAgent.Fuzz;

/// <summary>A key and a root certificate made for this process: nothing that an input holds was signed by them.</summary>
internal static class FuzzKeys
{
    private static readonly ECDsa Own = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>The public key in PEM.</summary>
    public static string Key { get; } = Own.ExportSubjectPublicKeyInfoPem();

    /// <summary>The root certificate in PEM.</summary>
    public static string Root { get; } = CreateRoot();

    private static string CreateRoot()
    {
        var request = new CertificateRequest("CN=fuzz root", Own, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return certificate.ExportCertificatePem();
    }
}
