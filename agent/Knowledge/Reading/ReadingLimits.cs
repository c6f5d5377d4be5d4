namespace EdgeAgent.Knowledge.Reading;

/// <summary>
/// Bounds of what one document may be. A document is untrusted: what goes beyond is refused with the bound, never cut silently. The
/// values are about ten times the largest manuals that machine builders publish.
/// </summary>
internal static class ReadingLimits
{
    /// <summary>Bytes of a file.</summary>
    public const long MaxFileBytes = 256L << 20;

    /// <summary>Bytes of text, of a document without pages, or of one part of an archive once unpacked.</summary>
    public const long MaxTextBytes = 64L << 20;

    /// <summary>How many times larger than packed a part of an archive may be once it exceeds <see cref="FreeUnpackedBytes"/>.</summary>
    public const int MaxUnpackRatio = 200;

    public const long FreeUnpackedBytes = 1 << 20;

    /// <summary>Pages of a document.</summary>
    public const int MaxPages = 10_000;

    /// <summary>Glyphs of a page; a page with more is a drawing and is left out.</summary>
    public const int MaxGlyphs = 100_000;

    /// <summary>Blocks of a document.</summary>
    public const int MaxBlocks = 1_000_000;

    /// <summary>Elements inside each other, in XML and HTML.</summary>
    public const int MaxDepth = 512;

    /// <summary>Characters that the process which reads one file may hand back.</summary>
    public const int MaxOutput = 128 << 20;

    /// <summary>Time for one file: a document that takes longer is refused.</summary>
    public static readonly TimeSpan MaxTime = TimeSpan.FromMinutes(10);

    /// <summary>Memory of the process that reads one file.</summary>
    public const double MaxMegabytes = 3072;
}
