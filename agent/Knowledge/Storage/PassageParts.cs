using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace EdgeAgent.Knowledge.Storage;

/// <summary>A part of a document's passages: a file below <c>documents/</c> that is named by its SHA-256.</summary>
/// <param name="Start">Added to the place of each of its passages in the document's text.</param>
/// <param name="Page">Added to their pages.</param>
internal sealed record DocumentPart(string File, int Start, int Page);

/// <summary>
/// Cuts a document's passages into parts by what they say, not by where they stand: text that is put in or taken out changes the part
/// around it, and the parts behind keep their bytes and their names, so that a device fetches only what has changed. Pure.
/// </summary>
internal static class PassageParts
{
    /// <summary>Passages of a part, at least where the document has as many, and at most.</summary>
    internal const int MinPassages = 8, MaxPassages = 128;

    /// <summary>One passage in so many ends a part.</summary>
    private const uint EveryPassages = 32;

    public static IEnumerable<(DocumentPart Part, byte[] Content)> Cut(IReadOnlyList<Passage> passages)
    {
        var from = 0;
        for (var i = 0; i < passages.Count; i++)
        {
            var count = i + 1 - from;
            if (i + 1 < passages.Count && count < MaxPassages && (count < MinPassages || !EndsPart(passages[i]))) continue;
            yield return Part([.. passages.Skip(from).Take(count)]);
            from = i + 1;
        }
    }

    /// <summary>The passages of a part, with their places in the document.</summary>
    /// <exception cref="JsonException">Not the content of a part.</exception>
    public static IEnumerable<Passage> Read(DocumentPart part, byte[] content)
    {
        foreach (var line in Encoding.UTF8.GetString(content).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var passage = JsonSerializer.Deserialize(line, PassageJson.Default.Passage) ?? throw new JsonException("null");
            if (passage.Text is null || passage.Section is null) throw new JsonException("a passage without text or section");
            yield return passage with { Start = passage.Start + part.Start, Page = passage.Page + part.Page };
        }
    }

    private static (DocumentPart Part, byte[] Content) Part(IReadOnlyList<Passage> passages)
    {
        var (start, page) = (passages[0].Start, passages.FirstOrDefault(p => p.Page is not null)?.Page ?? 0);
        using var content = new MemoryStream();
        foreach (var passage in passages)
        {
            JsonSerializer.Serialize(content, passage with { Start = passage.Start - start, Page = passage.Page - page },
                PassageJson.Default.Passage);
            content.WriteByte((byte)'\n');
        }
        var bytes = content.ToArray();
        return (new DocumentPart(NameOf(bytes), start, page), bytes);
    }

    /// <summary>The file's name of that content.</summary>
    public static string NameOf(byte[] content) => $"{Convert.ToHexStringLower(SHA256.HashData(content))}.jsonl";

    private static bool EndsPart(Passage passage) =>
        BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(passage.Text))) % EveryPassages == 0;
}
