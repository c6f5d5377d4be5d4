using EdgeAgent.Bundles.Signing;

namespace EdgeAgent.Bundles.Slots;

/// <summary>A bundle as chunks: the parts of model.sig, then the shards it lists, in its order.</summary>
internal static class BundleChunks
{
    /// <summary>Largest chunk, bytes.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>Largest model.sig that a device downloads, bytes.</summary>
    public const int MaxManifestBytes = 64 << 20;

    /// <summary>The manifest of a bundle directory, not verified; null if it is missing or unreadable.</summary>
    public static SignedManifest? ManifestOf(string directory)
    {
        var path = Path.Combine(directory, Bundle.SignatureFileName);
        try
        {
            return File.Exists(path) ? SignedManifest.Parse(SignatureBundle.Load(path).Payload) : null;
        }
        catch (VerificationException)
        {
            return null;
        }
    }

    /// <summary>A shard's bytes; null if the file is missing or too short.</summary>
    public static byte[]? Read(string directory, SignedResource resource)
    {
        var path = Path.Combine(directory, resource.Path);
        if (!File.Exists(path)) return null;
        using var handle = File.OpenHandle(path);
        var content = new byte[resource.End!.Value - resource.Start!.Value];
        return RandomAccess.Read(handle, content, resource.Start.Value) == content.Length ? content : null;
    }

    /// <summary>Number of chunks for a manifest of that many bytes.</summary>
    public static int ManifestChunks(long bytes) => (int)((bytes + MaxBytes - 1) / MaxBytes);
}
