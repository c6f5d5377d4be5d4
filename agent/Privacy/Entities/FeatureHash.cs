namespace EdgeAgent.Privacy.Entities;

/// <summary>Hashes of features and texts. Trained models depend on every bit of them.</summary>
internal static class FeatureHash
{
    /// <summary>Mixes a template's number with its values (the finalizer of MurmurHash3). Never 0.</summary>
    public static uint Of(uint template, uint a, uint b = 0, uint c = 0)
    {
        var h = template * 0x9E3779B1u ^ a;
        h = (h ^ h >> 16) * 0x85EBCA6Bu ^ b;
        h = (h ^ h >> 13) * 0xC2B2AE35u ^ c;
        h = (h ^ h >> 16) * 0x27D4EB2Fu;
        h ^= h >> 15;
        return h == 0 ? 1 : h;
    }

    /// <summary>FNV-1a over the text's UTF-16 units.</summary>
    public static uint Of(ReadOnlySpan<char> text)
    {
        var h = 2166136261u;
        foreach (var c in text) h = (h ^ c) * 16777619u;
        return h;
    }
}
