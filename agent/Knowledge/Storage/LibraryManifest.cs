using System.Text.Json.Serialization;
using EdgeAgent.Knowledge.Reading;

namespace EdgeAgent.Knowledge.Storage;

/// <summary>A document of a library, as <c>library.json</c> lists it.</summary>
/// <param name="Id">Its file's name: one library has one of each.</param>
/// <param name="Title">The title it gives itself, else its file's name without the ending.</param>
/// <param name="Version">The first 12 hexadecimal digits of its file's SHA-256.</param>
/// <param name="Language">zh where most of its letters are Han characters, else en.</param>
/// <param name="Pages">0 where its format has none.</param>
/// <param name="File">The file of its passages below <c>documents/</c>, named by its SHA-256.</param>
internal sealed record DocumentEntry(string Id, string Title, string Version, string Language, int Pages, int Passages, string File)
{
    public DateTimeOffset AddedAt { get; init; }

    /// <summary>What could not be read.</summary>
    public IReadOnlyList<ReadingProblem> Problems { get; init; } = [];
}

/// <summary><c>library.json</c>: what the library holds. Replaced as a whole.</summary>
/// <param name="Format">Version of the files' format.</param>
internal sealed record LibraryManifest(int Format, IReadOnlyList<DocumentEntry> Documents)
{
    public const int CurrentFormat = 1;
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
