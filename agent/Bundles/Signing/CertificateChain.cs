using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EdgeAgent.Bundles.Signing;

/// <summary>Validates a signing certificate: its chain to trusted roots at the present time (section 8.2), and its key usage.</summary>
internal static class CertificateChain
{
    private const string CodeSigning = "1.3.6.1.5.5.7.3.3";

    /// <summary>The leaf's public key, after its chain is verified. Roots come from the caller alone, never from the signature.</summary>
    /// <exception cref="VerificationException">A certificate is malformed, not for signing, or not trusted.</exception>
    public static ECDsa LeafKey(IReadOnlyList<byte[]> certificates, string trustPem, TimeProvider clock)
    {
        var loaded = new X509Certificate2Collection();
        var trusted = new X509Certificate2Collection();
        try
        {
            trusted.ImportFromPem(trustPem);
            foreach (var der in certificates) loaded.Add(X509CertificateLoader.LoadCertificate(der));
            var leaf = loaded[0];
            CheckUse(leaf);
            CheckChain(leaf, loaded, trusted, clock);
            return SigningKeys.Check(leaf.GetECDsaPublicKey()
                ?? throw new VerificationException("a signing certificate with an ECDSA key",
                    leaf.PublicKey.Oid.FriendlyName ?? "another"));
        }
        catch (CryptographicException e) // keys and extensions are decoded when they are used, not when a certificate is loaded
        {
            throw new VerificationException("certificates that can be decoded", e.Message);
        }
        finally
        {
            foreach (var certificate in loaded.Concat(trusted)) certificate.Dispose();
        }
    }

    private static void CheckChain(X509Certificate2 leaf, X509Certificate2Collection loaded, X509Certificate2Collection trusted,
        TimeProvider clock)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = clock.GetUtcNow().UtcDateTime;
        foreach (var certificate in trusted)
        {
            if (certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData))
                chain.ChainPolicy.CustomTrustStore.Add(certificate);
            else chain.ChainPolicy.ExtraStore.Add(certificate);
        }
        if (chain.ChainPolicy.CustomTrustStore.Count == 0) throw new VerificationException("a trusted root certificate", "none");
        foreach (var certificate in loaded.Skip(1)) chain.ChainPolicy.ExtraStore.Add(certificate);
        if (!chain.Build(leaf))
            throw new VerificationException("a certificate chain valid now up to a trusted root",
                string.Join(", ", chain.ChainStatus.Select(s => s.StatusInformation.TrimEnd('.', ' ', '\n')).Distinct()));
    }

    /// <summary>Key usage must allow digital signatures, extended key usage code signing; at least one of them must exist.</summary>
    private static void CheckUse(X509Certificate2 leaf)
    {
        var usage = leaf.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault();
        var extended = leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault();
        if (usage is null && extended is null)
            throw new VerificationException("a certificate meant for signing (key usage or extended key usage)", "neither");
        if (usage is not null && !usage.KeyUsages.HasFlag(X509KeyUsageFlags.DigitalSignature))
            throw new VerificationException("key usage digitalSignature", usage.KeyUsages.ToString());
        if (extended is not null && !extended.EnhancedKeyUsages.Cast<Oid>().Any(o => o.Value == CodeSigning))
            throw new VerificationException("extended key usage codeSigning",
                string.Join(", ", extended.EnhancedKeyUsages.Cast<Oid>().Select(o => o.FriendlyName ?? o.Value)));
    }
}
