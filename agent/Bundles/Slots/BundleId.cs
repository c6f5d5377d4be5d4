using System.Security.Cryptography;

namespace EdgeAgent.Bundles.Slots;

/// <summary>Name of a bundle everywhere: SHA-256 of its model.sig, 64 lower-case hexadecimal digits.</summary>
internal static class BundleId
{
    /// <summary>Id of the bundle in a directory; null if the directory has no signature file.</summary>
    public static string? Of(string directory)
    {
        var path = Path.Combine(directory, Bundle.SignatureFileName);
        return File.Exists(path) ? OfSignature(File.ReadAllBytes(path)) : null;
    }

    /// <summary>Id of the bundle with this content of model.sig.</summary>
    public static string OfSignature(byte[] signature) => Convert.ToHexStringLower(SHA256.HashData(signature));
}
