using System.Text;

namespace EdgeAgent.Platform;

/// <summary>A text file is not UTF-8. Says what was found, in which line, and how to mend it.</summary>
internal sealed class TextFileException(string file, string found)
    : FormatException($"{file}: expected UTF-8 text; found {found}. Save the file as UTF-8")
{
    public string Found { get; } = $"{found}. Save the file as UTF-8";
}

/// <summary>
/// Reads text files that people and other programs write. They are UTF-8, with or without a byte order mark; anything else is
/// refused, since a wrong character that is passed over is read, stored and served as one.
/// </summary>
internal static class TextFile
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>The whole text, without a byte order mark.</summary>
    /// <exception cref="TextFileException">Not UTF-8, or a NUL character.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static string ReadAllText(string path) => Decode(path, File.ReadAllBytes(path));

    /// <summary>The text of a file that the kernel or this program wrote. Nothing is checked.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
#pragma warning disable RS0030 // read to the end as a stream: files of sysfs say that they have 4,096 bytes, and have fewer
    public static string ReadUnchecked(string path) => File.ReadAllText(path);
#pragma warning restore RS0030

    /// <summary>The lines, without their ends.</summary>
    /// <exception cref="TextFileException">Not UTF-8, or a NUL character.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<string> ReadLines(string path) => Lines(ReadAllText(path));

    /// <summary>A text's lines, without their ends.</summary>
    public static IReadOnlyList<string> Lines(string text)
    {
        var lines = new List<string>();
        using var reader = new StringReader(text);
        while (reader.ReadLine() is { } line) lines.Add(line);
        return lines;
    }

    /// <summary>The text of a file's bytes.</summary>
    /// <param name="name">The name that errors give.</param>
    /// <exception cref="TextFileException">Not UTF-8, or a NUL character.</exception>
    public static string Decode(string name, ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            throw new TextFileException(name, "UTF-16");
        var text = WithoutMark(bytes);
        if (text.IndexOf((byte)0) is var nul and >= 0)
            throw new TextFileException(name, $"a NUL byte in line {LineOf(text, nul)} (UTF-16?)");
        var bad = FirstUndecodable(text);
        if (bad < 0) return Strict.GetString(text);
        var line = LineAt(text, bad);
        throw new TextFileException(name, $"the byte 0x{text[bad]:X2} in line {LineOf(text, bad)} "
            + $"({(LooksLikeGbk(line) ? "GBK?" : "Latin-1 or another older encoding?")})");
    }

    /// <summary>UTF-8 bytes without the byte order mark that some editors write.</summary>
    public static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[3..] : bytes;

    /// <summary>What is wrong with a text that a client sent, as what was expected; null where nothing is.</summary>
    public static string? Problem(string text) => text.IndexOf('\0', StringComparison.Ordinal) is var at and >= 0
        ? $"text without NUL characters, found one at character {at + 1}" : null;

    private static int FirstUndecodable(ReadOnlySpan<byte> bytes)
    {
        for (var at = 0; at < bytes.Length;)
        {
            if (Rune.DecodeFromUtf8(bytes[at..], out _, out var length) != System.Buffers.OperationStatus.Done) return at;
            at += length;
        }
        return -1;
    }

    private static int LineOf(ReadOnlySpan<byte> bytes, int at) => bytes[..at].Count((byte)'\n') + 1;

    private static ReadOnlySpan<byte> LineAt(ReadOnlySpan<byte> bytes, int at)
    {
        var start = bytes[..at].LastIndexOf((byte)'\n') + 1;
        var end = bytes[at..].IndexOf((byte)'\n');
        return end < 0 ? bytes[start..] : bytes[start..(at + end)];
    }

    /// <summary>Whether every byte above 0x7F belongs to a pair of GB 2312, the everyday part of GBK.</summary>
    private static bool LooksLikeGbk(ReadOnlySpan<byte> line)
    {
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] < 0x80) continue;
            if (line[i] is < 0xA1 or > 0xF7 || i + 1 == line.Length || line[i + 1] is < 0xA1 or > 0xFE) return false;
            i++;
        }
        return true;
    }
}
