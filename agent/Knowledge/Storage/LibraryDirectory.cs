using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using EdgeAgent.Knowledge.Reading;
using EdgeAgent.Platform;

namespace EdgeAgent.Knowledge.Storage;

/// <summary>
/// A library on disk: <c>library.json</c>, and for each document files of passages that are named by their SHA-256 and never change. A
/// change writes new files, then replaces <c>library.json</c>, then deletes what it no longer names: at every instant the directory holds
/// one whole library. A change ends its signature. One writer at a time.
/// </summary>
internal sealed class LibraryDirectory(string path)
{
    public const string ManifestName = "library.json", DocumentsName = "documents", SignatureName = "model.sig";

    /// <summary>Bytes of a manifest and of a document's passages.</summary>
    private const long MaxManifestBytes = 64 << 20, MaxPassagesBytes = 512L << 20;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    private const int MaxDocuments = 10_000, VersionDigits = 12, MaxTitle = 200;

    public string Path { get; } = System.IO.Path.GetFullPath(path);

    private string ManifestPath => System.IO.Path.Combine(Path, ManifestName);

    private string DocumentsPath => System.IO.Path.Combine(Path, DocumentsName);

    public bool Exists => File.Exists(ManifestPath);

    /// <summary>When the library changed last; default where there is none.</summary>
    public DateTime ChangedAt => Exists ? File.GetLastWriteTimeUtc(ManifestPath) : default;

    /// <summary>Keeps other writers out until it is disposed of; makes the directory where there is none.</summary>
    /// <exception cref="LibraryException">Another process is writing.</exception>
    public IDisposable Lock()
    {
        Directory.CreateDirectory(DocumentsPath);
        try
        {
            return new FileStream(System.IO.Path.Combine(Path, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new LibraryException($"expected nobody else to write to '{Path}'; found another 'docs add' or 'docs remove' at work", e);
        }
    }

    /// <summary>The manifest; an empty one where the directory holds no library yet.</summary>
    /// <exception cref="LibraryException">It is damaged, or of a newer format.</exception>
    public LibraryManifest ReadManifest()
    {
        if (!Exists) return new LibraryManifest(LibraryManifest.CurrentFormat, []);
        try
        {
            if (new FileInfo(ManifestPath).Length > MaxManifestBytes)
                throw new LibraryException($"{ManifestPath}: expected at most {MaxManifestBytes >> 20} MB");
            var manifest = JsonSerializer.Deserialize(File.ReadAllBytes(ManifestPath), ManifestJson.Default.LibraryManifest)
                ?? throw new JsonException("null");
            if (manifest.Format != LibraryManifest.CurrentFormat)
                throw new LibraryException($"{ManifestPath}: expected format {LibraryManifest.CurrentFormat}; found {manifest.Format}. "
                    + "Build the library again with 'docs add'");
            // a field that is missing is null, whatever its type says
            if (manifest.Documents is null || manifest.Documents.Any(d => d?.Id is null || d.Title is null || d.Version is null
                || d.Language is null || d.Parts is null || d.Parts.Any(p => p?.File is null)))
                throw new JsonException("a document without a name, a title or its parts");
            if (manifest.Documents.SelectMany(d => d.Parts).FirstOrDefault(p => !IsName(p.File)) is { } bad)
                throw new LibraryException($"{ManifestPath}: expected files named by their SHA-256, found '{bad.File}'");
            return manifest;
        }
        catch (JsonException e)
        {
            throw new LibraryException($"{ManifestPath}: expected a library's list of documents; found {e.Message}. "
                + "Build the library again with 'docs add'", e);
        }
    }

    /// <summary>A document's passages.</summary>
    /// <exception cref="LibraryException">The file is missing, or not the one that was written.</exception>
    public IReadOnlyList<Passage> ReadPassages(DocumentEntry document)
    {
        var passages = new List<Passage>();
        var left = MaxPassagesBytes;
        foreach (var part in document.Parts)
        {
            var file = System.IO.Path.Combine(DocumentsPath, part.File);
            if (!File.Exists(file))
                throw new LibraryException($"{document.Id}: expected {part.File} in {DocumentsPath}; found no such file");
            if ((left -= new FileInfo(file).Length) < 0)
                throw new LibraryException($"{document.Id}: expected at most {MaxPassagesBytes >> 20} MB of passages");
            var bytes = File.ReadAllBytes(file);
            if (PassageParts.NameOf(bytes) != part.File)
                throw new LibraryException($"{document.Id}: the checksum of its passages is wrong; add the document again");
            passages.AddRange(PassageParts.Read(part, bytes));
        }
        return passages;
    }

    /// <summary>Adds a document, or replaces the one of the same name.</summary>
    /// <param name="file">The document's own bytes, for its version.</param>
    /// <param name="roles">Who may read it, empty for everybody; null: who could read the one before.</param>
    public DocumentEntry Add(string id, byte[] file, DocumentText text, DateTimeOffset now, IReadOnlyList<string>? roles = null)
    {
        var manifest = ReadManifest();
        if (manifest.Documents.Count >= MaxDocuments && !manifest.Documents.Any(d => d.Id == id))
            throw new LibraryException($"a library holds at most {MaxDocuments} documents");
        var passages = PassageBuilder.Build(text.Blocks);
        Directory.CreateDirectory(DocumentsPath);
        var parts = new List<DocumentPart>();
        foreach (var (part, content) in PassageParts.Cut(passages))
        {
            parts.Add(part);
            var path = System.IO.Path.Combine(DocumentsPath, part.File);
            if (!File.Exists(path) || PassageParts.NameOf(File.ReadAllBytes(path)) != part.File) DurableFile.WriteAllBytes(path, content);
        }
        var title = text.Title is { Length: > 0 and <= MaxTitle } t ? t : System.IO.Path.GetFileNameWithoutExtension(id);
        var version = Convert.ToHexStringLower(SHA256.HashData(file))[..VersionDigits];
        var entry = new DocumentEntry(id, title, version, Language(passages), text.Pages, passages.Count, parts)
        {
            AddedAt = now,
            Roles = roles ?? manifest.Documents.FirstOrDefault(d => d.Id == id)?.Roles ?? [],
            Problems = text.Problems
        };
        Replace(manifest, [.. manifest.Documents.Where(d => d.Id != id), entry], now);
        return entry;
    }

    /// <summary>Removes a document; false where there is none of that name.</summary>
    public bool Remove(string id, DateTimeOffset now)
    {
        var manifest = ReadManifest();
        if (!manifest.Documents.Any(d => d.Id == id)) return false;
        Replace(manifest, [.. manifest.Documents.Where(d => d.Id != id)], now);
        return true;
    }

    private void Replace(LibraryManifest before, IReadOnlyList<DocumentEntry> documents, DateTimeOffset now)
    {
        var manifest = new LibraryManifest(LibraryManifest.CurrentFormat, [.. documents.OrderBy(d => d.Id, StringComparer.Ordinal)])
        {
            Name = before.Name.Length > 0 ? before.Name : System.IO.Path.GetFileName(Path),
            Release = Math.Max(before.Release + 1, now.ToUnixTimeSeconds()),
        };
        DurableFile.Delete(System.IO.Path.Combine(Path, SignatureName));
        DurableFile.WriteAllBytes(ManifestPath, JsonSerializer.SerializeToUtf8Bytes(manifest, ManifestJson.Default.LibraryManifest));
        var named = documents.SelectMany(d => d.Parts).Select(p => p.File).ToHashSet(StringComparer.Ordinal);
        foreach (var file in Directory.GetFiles(DocumentsPath))
            if (!named.Contains(System.IO.Path.GetFileName(file))) File.Delete(file); // of an older version, or of a write that was cut off
    }

    private static bool IsName(string file) =>
        file.Length == 70 && file.EndsWith(".jsonl", StringComparison.Ordinal) && file.AsSpan(0, 64).IndexOfAnyExcept(HexDigits) < 0;

    private static string Language(IReadOnlyList<Passage> passages)
    {
        var (han, letters) = (0, 0);
        foreach (var c in passages.Take(200).SelectMany(p => p.Text))
            if (c is >= '\u4e00' and <= '\u9fff') han++;
            else if (char.IsLetter(c)) letters++;
        return 3 * han > letters ? "zh" : "en"; // a word takes two Han characters and six letters
    }
}
