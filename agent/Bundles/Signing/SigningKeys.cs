using System.Security.Cryptography;
using System.Text;

namespace EdgeAgent.Bundles.Signing;

/// <summary>ECDSA keys on the curves of the specification: P-256, P-384 and P-521, each with the hash of its size.</summary>
internal static class SigningKeys
{
    private static readonly Dictionary<string, HashAlgorithmName> Hashes = new()
    {
        ["1.2.840.10045.3.1.7"] = HashAlgorithmName.SHA256,
        ["1.3.132.0.34"] = HashAlgorithmName.SHA384,
        ["1.3.132.0.35"] = HashAlgorithmName.SHA512,
    };

    public static ECDsa PublicKey(string pem) => Import(pem, "a public key in PEM", key => key.ImportFromPem(pem));

    /// <param name="password">For an encrypted PKCS#8 key; null for none.</param>
    public static ECDsa PrivateKey(string pem, string? password) =>
        Import(pem, "a private key in PEM, and its password where it is encrypted", key =>
    {
        if (password is not null && pem.Contains("ENCRYPTED", StringComparison.Ordinal)) key.ImportFromEncryptedPem(pem, password);
        else key.ImportFromPem(pem);
    });

    public static HashAlgorithmName HashFor(ECDsa key) => Hashes[Curve(key)];

    /// <summary>publicKey.hint: SHA-256 of the public key's PEM with LF line ends and a final LF.</summary>
    public static string Hint(ECDsa key) =>
        Convert.ToHexStringLower(
            SHA256.HashData(Encoding.ASCII.GetBytes(key.ExportSubjectPublicKeyInfoPem().ReplaceLineEndings("\n") + "\n")));

    /// <exception cref="VerificationException">A curve that is not supported.</exception>
    public static ECDsa Check(ECDsa key) =>
        Hashes.ContainsKey(Curve(key))
            ? key : throw new VerificationException("an ECDSA key on P-256, P-384 or P-521", $"curve {Curve(key)}");

    private static string Curve(ECDsa key)
    {
        try
        {
            return key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value ?? "without a name";
        }
        catch (CryptographicException)
        {
            return "unknown";
        }
    }

    private static ECDsa Import(string pem, string expected, Action<ECDsa> import)
    {
        var key = ECDsa.Create();
        try
        {
            import(key);
            return Check(key);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new VerificationException(expected, pem.Length == 0 ? "an empty file" : e.Message);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }
}
