using System.Security.Cryptography;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Bundles.Slots;

namespace EdgeAgent.Fleet;

/// <summary>Signs a bundle in the shards that devices fetch.</summary>
internal static class BundleSigner
{
    public static bool IsBundle(string directory) => ArtefactKind.Student.IsIn(directory);

    /// <summary>Signs the bundle, unless this key has signed it as it is: its id stays the same then.</summary>
    /// <param name="kind">What it is; null for a student.</param>
    /// <param name="ignored">Files below the directory that do not travel.</param>
    /// <exception cref="VerificationException">Not a bundle, or one that cannot be signed.</exception>
    public static void Sign(string directory, ECDsa key, ArtefactKind? kind = null, IReadOnlyList<string>? ignored = null)
    {
        kind ??= ArtefactKind.Student;
        if (!kind.IsIn(directory)) throw new VerificationException($"a bundle '{directory}'", $"no {kind.ManifestName} in it");
        var signature = Path.Combine(directory, Bundle.SignatureFileName);
        if (!IsSigned(directory, signature, key))
            ModelSigner.SignWithKey(directory, signature, key, new SignOptions
            {
                ShardSize = BundleChunks.MaxBytes,
                IgnorePaths = [.. (ignored ?? []).Select(i => Path.Combine(directory, i))]
            });
    }

    private static bool IsSigned(string directory, string signature, ECDsa key)
    {
        if (BundleChunks.ManifestOf(directory) is not { ShardSize: <= BundleChunks.MaxBytes }) return false;
        try
        {
            ModelVerifier.VerifyWithKey(directory, signature, key.ExportSubjectPublicKeyInfoPem(), new VerifyOptions());
            return true;
        }
        catch (VerificationException)
        {
            return false;
        }
    }
}
