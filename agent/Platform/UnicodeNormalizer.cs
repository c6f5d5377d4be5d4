using System.Text;

namespace EdgeAgent.Platform;

/// <summary>
/// Unicode normalization (UAX #15) from a table in this assembly. .NET delegates it to ICU, which devices may lack and which
/// differs between versions; tokenizers and privacy rules must give the same result everywhere. Safe for concurrent use.
/// </summary>
public static class UnicodeNormalizer
{
    private const int HangulBase = 0xAC00, HangulCount = 11172, LBase = 0x1100, LCount = 19, VBase = 0x1161, VCount = 21, TBase = 0x11A7,
        TCount = 28;
    private const char FirstComposed = '\u00C0', FirstCompatible = '\u00A0';

    private static readonly Dictionary<int, int[]> Canonical = [], Compatible = [];
    private static readonly Dictionary<int, byte> Classes = [];
    private static readonly Dictionary<(int First, int Second), int> Composites = [];

    static UnicodeNormalizer()
    {
        using var stream = typeof(UnicodeNormalizer).Assembly.GetManifestResourceStream("normalization.bin")!;
        using var reader = new BinaryReader(stream);
        for (var n = reader.ReadInt32(); n > 0; n--)
        {
            var code = reader.ReadInt32();
            var table = reader.ReadByte() == 1 ? Canonical : Compatible;
            var mapped = new int[reader.ReadByte()];
            for (var i = 0; i < mapped.Length; i++) mapped[i] = reader.ReadInt32();
            table[code] = mapped;
        }
        for (var n = reader.ReadInt32(); n > 0; n--) Classes[reader.ReadInt32()] = reader.ReadByte();
        for (var n = reader.ReadInt32(); n > 0; n--)
        {
            var composed = reader.ReadInt32();
            Composites[(reader.ReadInt32(), reader.ReadInt32())] = composed;
        }
    }

    /// <summary>Normalizes a text; lone surrogates become U+FFFD.</summary>
    public static string Normalize(string text, NormalizationForm form)
    {
        ArgumentNullException.ThrowIfNull(text);
        var compatible = form is NormalizationForm.FormKC or NormalizationForm.FormKD;
        if (!text.AsSpan().ContainsAnyInRange(compatible ? FirstCompatible : FirstComposed, '\uFFFF')) return text;
        var points = Decompose(text, compatible);
        Reorder(points);
        if (form is NormalizationForm.FormC or NormalizationForm.FormKC) Compose(points);
        var result = new StringBuilder(points.Count);
        foreach (var point in points) result.Append(new Rune(point).ToString());
        return result.ToString();
    }

    private static List<int> Decompose(string text, bool compatible)
    {
        var points = new List<int>(text.Length + 8);
        foreach (var rune in text.EnumerateRunes())
        {
            var c = rune.Value;
            if (c - HangulBase is >= 0 and < HangulCount and var s)
            {
                points.Add(LBase + s / (VCount * TCount));
                points.Add(VBase + s % (VCount * TCount) / TCount);
                if (s % TCount > 0) points.Add(TBase + s % TCount);
            }
            else if (compatible && Compatible.TryGetValue(c, out var mapped) || Canonical.TryGetValue(c, out mapped))
                points.AddRange(mapped);
            else points.Add(c);
        }
        return points;
    }

    private static byte Class(int point) => point < 0x300 ? (byte)0 : Classes.GetValueOrDefault(point);

    /// <summary>Canonical ordering: runs of marks sorted by class, stable.</summary>
    private static void Reorder(List<int> points)
    {
        for (var i = 0; i < points.Count; i++)
        {
            if (Class(points[i]) == 0) continue;
            var end = i + 1;
            while (end < points.Count && Class(points[end]) != 0) end++;
            if (end - i > 1)
            {
                var sorted = points[i..end].OrderBy(Class).ToList();
                for (var k = 0; k < sorted.Count; k++) points[i + k] = sorted[k];
            }
            i = end - 1;
        }
    }

    private static void Compose(List<int> points)
    {
        int starter = -1, write = 0, previousClass = 0;
        for (var read = 0; read < points.Count; read++)
        {
            var point = points[read];
            var mark = Class(point);
            var adjacent = write - 1 == starter;
            if (starter >= 0 && (adjacent || previousClass < mark) && Pair(points[starter], point) is { } composed)
            {
                points[starter] = composed;
                continue;
            }
            if (mark == 0) starter = write;
            previousClass = mark;
            points[write++] = point;
        }
        points.RemoveRange(write, points.Count - write);
    }

    private static int? Pair(int first, int second)
    {
        if (first - LBase is >= 0 and < LCount and var l && second - VBase is >= 0 and < VCount and var v)
            return HangulBase + (l * VCount + v) * TCount;
        if (first - HangulBase is >= 0 and < HangulCount and var s && s % TCount == 0 && second - TBase is > 0 and < TCount and var t)
            return first + t;
        return Composites.TryGetValue((first, second), out var composed) ? composed : null;
    }
}
