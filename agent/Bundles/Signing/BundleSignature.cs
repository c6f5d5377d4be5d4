using System.Security.Cryptography;

namespace EdgeAgent.Bundles.Signing;

/// <summary>
/// Verifies an installed bundle before it is loaded: its <c>model.sig</c> by one of several trusted keys, then every byte of its files.
/// </summary>
internal static class BundleSignature
{
    /// <param name="directory">The bundle.</param>
    /// <param name="trusted">Public keys in PEM.</param>
    /// <returns>The key that signed it.</returns>
    /// <exception cref="VerificationException">No trusted key signed it, or a file is not as it was signed; names the file.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static string Verify(string directory, IReadOnlyList<string> trusted)
    {
        ArgumentNullException.ThrowIfNull(trusted);
        var signature = Path.Combine(directory, Bundle.SignatureFileName);
        if (!File.Exists(signature)) throw new VerificationException($"the signature '{signature}'", "no such file");
        var signer = SignerOf(SignatureBundle.Load(signature), signature, trusted);
        ModelVerifier.VerifyWithKey(directory, signature, signer, new VerifyOptions());
        return signer;
    }

    private static string SignerOf(SignatureBundle bundle, string signature, IReadOnlyList<string> trusted)
    {
        if (bundle.Certificates is not null)
            throw new VerificationException($"a signature of the method key in '{signature}'", "one of the method certificate");
        if (trusted.Count == 0) throw new VerificationException($"a trusted key for '{signature}'", "none");
        var signed = SignatureBundle.PreAuthenticationEncoding(bundle.PayloadType, bundle.Payload);
        foreach (var pem in trusted)
        {
            using var key = SigningKeys.PublicKey(pem);
            if (key.VerifyData(signed, bundle.Signature, SigningKeys.HashFor(key), DSASignatureFormat.Rfc3279DerSequence)) return pem;
        }
        throw new VerificationException($"a signature of one of the {trusted.Count} trusted keys in '{signature}'", "another's");
    }
}
