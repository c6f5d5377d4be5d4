using System.Text.Json;

namespace EdgeAgent.Platform;

/// <summary>
/// Opens the files of bundles and checkpoints. A Git LFS pointer in a file's place is named: it is what a download without
/// <c>git lfs</c> leaves.
/// </summary>
internal static class ModelFile
{
    /// <summary>Largest pointer by its specification, bytes.</summary>
    private const int MaxPointerBytes = 1024;

    /// <summary>Reads a JSON file; a byte order mark is taken. The caller disposes the document.</summary>
    /// <exception cref="ModelFileException">Missing, a Git LFS pointer, or no JSON.</exception>
    public static JsonDocument ReadJson(string path, int maxDepth = 64)
    {
        try
        {
            var bytes = ReadAllBytes(path);
            var start = bytes.Length - TextFile.WithoutMark(bytes).Length;
            return JsonDocument.Parse(bytes.AsMemory(start), new JsonDocumentOptions { MaxDepth = maxDepth });
        }
        catch (JsonException e)
        {
            throw new ModelFileException(path, "JSON", e.Message, e);
        }
    }

    /// <summary>Reads a text file.</summary>
    /// <exception cref="ModelFileException">Missing, a Git LFS pointer, or not UTF-8.</exception>
    public static string ReadText(string path)
    {
        try
        {
            return TextFile.Decode(path, ReadAllBytes(path));
        }
        catch (TextFileException e)
        {
            throw new ModelFileException(path, "UTF-8 text", e.Found, e);
        }
    }

    /// <summary>Reads a text file's lines, without their ends.</summary>
    /// <exception cref="ModelFileException">Missing, a Git LFS pointer, or not UTF-8.</exception>
    public static IReadOnlyList<string> ReadLines(string path) => TextFile.Lines(ReadText(path));

    /// <exception cref="ModelFileException">Missing, or a Git LFS pointer.</exception>
    public static byte[] ReadAllBytes(string path)
    {
        if (!File.Exists(path)) throw new ModelFileException(path, "a file", Directory.Exists(path) ? "a directory" : "no such file");
        RefusePointer(path);
        return File.ReadAllBytes(path);
    }

    /// <exception cref="ModelFileException">The file is a Git LFS pointer.</exception>
    public static void RefusePointer(string path)
    {
        if (IsPointer(path))
            throw new ModelFileException(path, "the file itself",
                "a Git LFS pointer to it: run 'git lfs pull' where it was cloned, or download the file");
    }

    /// <summary>Whether a file is the text that Git LFS puts in a large file's place.</summary>
    public static bool IsPointer(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists || file.Length is 0 or > MaxPointerBytes) return false;
        var bytes = TextFile.WithoutMark(File.ReadAllBytes(path));
        return bytes.StartsWith("version https://git-lfs"u8) || bytes.StartsWith("version https://hawser"u8);
    }
}
