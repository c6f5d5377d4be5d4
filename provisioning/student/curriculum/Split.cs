using System.Text;

namespace EdgeAgent.Lab;

/// <summary>Which facts are held out: one of ten, by a hash of the name alone, so that it never changes. Pure.</summary>
internal static class Split
{
    private const uint Offset = 2166136261, Prime = 16777619;

    public static Part Of(string fact) => Hash(fact) % 10 == 0 ? Part.HeldOut : Part.Train;

    /// <summary>FNV-1a, then the finalizer of MurmurHash3: names that differ in the last letter fall apart.</summary>
    public static uint Hash(string text)
    {
        var h = Offset;
        foreach (var b in Encoding.UTF8.GetBytes(text)) h = (h ^ b) * Prime;
        h = (h ^ h >> 16) * 0x85ebca6b;
        h = (h ^ h >> 13) * 0xc2b2ae35;
        return h ^ h >> 16;
    }
}
