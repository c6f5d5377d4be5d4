using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using EdgeAgent.Knowledge.Reading;

namespace EdgeAgent.Knowledge.Storage;

/// <summary>A document of a library, as <c>library.json</c> lists it.</summary>
/// <param name="Id">Its file's name: one library has one of each.</param>
/// <param name="Title">The title it gives itself, else its file's name without the ending.</param>
/// <param name="Version">The first 12 hexadecimal digits of its file's SHA-256.</param>
/// <param name="Language">zh where most of its letters are Han characters, else en.</param>
/// <param name="Pages">0 where its format has none.</param>
/// <param name="Parts">The files of its passages, in their order.</param>
internal sealed record DocumentEntry(string Id, string Title, string Version, string Language, int Pages, int Passages,
    IReadOnlyList<DocumentPart> Parts)
{
    public DateTimeOffset AddedAt { get; init; }

    /// <summary>Who may read it; empty: everybody.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>What could not be read.</summary>
    public IReadOnlyList<ReadingProblem> Problems { get; init; } = [];
}

/// <summary><c>library.json</c>: what the library holds. Replaced as a whole.</summary>
/// <param name="Format">Version of the files' format.</param>
internal sealed record LibraryManifest(int Format, IReadOnlyList<DocumentEntry> Documents)
{
    /// <summary>Format 2 cuts a document into parts.</summary>
    public const int CurrentFormat = 2;

    private const int VersionDigits = 12;

    /// <summary>Shown to people where the library travels.</summary>
    public string Name { get; init; } = "";

    /// <summary>Grows with every change: Unix seconds of the change, or one more than before.</summary>
    public long Release { get; init; }

    /// <summary>Changes with any document, with what was read of it, and with who may read it.</summary>
    [JsonIgnore]
    public string Version => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\n', Documents.Select(Line).Order(StringComparer.Ordinal)))))[..VersionDigits];

    private static string Line(DocumentEntry entry) => $"{entry.Id} {entry.Version} {string.Join(',', entry.Roles)} "
        + string.Join(' ', entry.Parts.Select(p => $"{p.File} {p.Start} {p.Page}"));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(LibraryManifest))]
[JsonSerializable(typeof(DocumentEntry))]
internal sealed partial class ManifestJson : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(Passage))]
[JsonSerializable(typeof(DocumentText))]
internal sealed partial class PassageJson : JsonSerializerContext;
