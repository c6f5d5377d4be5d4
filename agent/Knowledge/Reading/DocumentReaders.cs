using EdgeAgent.Platform;

namespace EdgeAgent.Knowledge.Reading;

/// <summary>Chooses the reader by a file's extension and holds what every reader may throw to one kind of error.</summary>
internal static class DocumentReaders
{
    private static readonly IDocumentReader[] All =
        [new PdfReader(), new WordReader(), new HtmlReader(), new MarkdownReader(), new PlainTextReader(), new TableFileReader()];

    /// <summary>Extensions of files that can be read.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [.. All.SelectMany(r => r.Extensions)];

    public static bool CanRead(string path) => Extensions.Contains(Path.GetExtension(path).ToLowerInvariant());

    /// <exception cref="DocumentException">The file cannot be read; the message says why.</exception>
    public static DocumentText Read(string path)
    {
        var name = Path.GetFileName(path);
        if (Array.Find(All, r => r.Extensions.Contains(Path.GetExtension(path).ToLowerInvariant())) is not { } reader)
            throw new DocumentException(name, $"a file that ends with {string.Join(", ", Extensions)}", $"'{Path.GetExtension(path)}'");
        try
        {
            var length = new FileInfo(path).Length;
            if (length > ReadingLimits.MaxFileBytes)
                throw new DocumentException(name, $"at most {ReadingLimits.MaxFileBytes >> 20} MB", $"{length >> 20} MB");
            if (length == 0) throw new DocumentException(name, "a document", "an empty file");
            return Bounded(name, reader.Read(name, File.ReadAllBytes(path)));
        }
        catch (TextFileException e)
        {
            throw new DocumentException(name, "UTF-8 text", e.Found, e);
        }
        catch (Exception e) when (e is not DocumentException) // a parser's own error on an untrusted file
        {
            throw new DocumentException(name, $"a readable {Path.GetExtension(path)} file", $"a damaged one ({FirstLine(e.Message)})", e);
        }
    }

    private static DocumentText Bounded(string name, DocumentText text)
    {
        if (text.Blocks.Count > ReadingLimits.MaxBlocks)
            throw new DocumentException(name, $"at most {ReadingLimits.MaxBlocks} paragraphs and rows", $"{text.Blocks.Count}");
        return text.Blocks.Count == 0 && text.Problems.Count == 0
            ? text with { Problems = [new ReadingProblem(null, "no text in it")] } : text;
    }

    private static string FirstLine(string message) => message.Split('\n')[0].Trim() is var line && line.Length > 160 ? line[..160] : line;
}
