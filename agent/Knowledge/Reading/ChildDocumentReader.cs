using System.Text.Json;
using EdgeAgent.Knowledge.Storage;
using EdgeAgent.Platform;

namespace EdgeAgent.Knowledge.Reading;

/// <summary>
/// Reads a document in a child process where a parser of others reads it: a file that crashes, hangs or fills the memory costs that file
/// only. Formats that this program parses itself are read here.
/// </summary>
internal sealed class ChildDocumentReader(TimeProvider clock)
{
    private static readonly string[] Isolated = [".pdf", ".docx", ".html", ".htm", ".xhtml"];

    /// <exception cref="DocumentException">The file cannot be read; the message says why.</exception>
    public async Task<DocumentText> ReadAsync(string path, CancellationToken cancellationToken)
    {
        if (!Isolated.Contains(Path.GetExtension(path).ToLowerInvariant())) return DocumentReaders.Read(path);
        var name = Path.GetFileName(path);
        var result = await ChildProcess.RunAsync(ChildCommand.Self(["docs", "read", "--", Path.GetFullPath(path)]),
            new ChildLimits(ReadingLimits.MaxTime, ReadingLimits.MaxMegabytes) { Output = ReadingLimits.MaxOutput }, clock, null,
            cancellationToken).ConfigureAwait(false);
        if (result.Code is null)
            throw new DocumentException(name, $"a document that is read within {ReadingLimits.MaxTime.TotalMinutes:F0} minutes and "
                + $"{ReadingLimits.MaxMegabytes:F0} MB",
                result.End == ChildEnd.TookTooMuchMemory ? "one that takes more memory" : "one that takes longer");
        if (result.Code == 0 && JsonSerializer.Deserialize(result.Output, PassageJson.Default.DocumentText) is { } text) return text;
        var reason = LastLine(result.Error);
        throw result.Code == 1 && reason.StartsWith("edge-agent: ", StringComparison.Ordinal)
            ? new DocumentException(reason["edge-agent: ".Length..])
            : new DocumentException(name, "a readable document", $"one that ends its reader with code {result.Code}");
    }

    private static string LastLine(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is { Length: > 0 } lines ? lines[^1] : "";
}
