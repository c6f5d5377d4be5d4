using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using EdgeAgent.Knowledge.Reading;
using EdgeAgent.Platform;

namespace EdgeAgent.Knowledge.Storage;

/// <summary>
/// A library on disk: <c>library.json</c>, and for each document a file of passages that is named by its SHA-256 and never changes. A
/// change writes new files, then replaces <c>library.json</c>, then deletes what it no longer names: at every instant the directory holds
/// one whole library. One writer at a time.
/// </summary>
internal sealed class LibraryDirectory(string path)
{
    public const string ManifestName = "library.json", DocumentsName = "documents";

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
            if (manifest.Documents.FirstOrDefault(d => !IsName(d.File)) is { } bad)
                throw new LibraryException($"{ManifestPath}: expected a file named by its SHA-256 for '{bad.Id}', found '{bad.File}'");
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
        var file = System.IO.Path.Combine(DocumentsPath, document.File);
        if (!File.Exists(file))
            throw new LibraryException($"{document.Id}: expected {document.File} in {DocumentsPath}; found no such file");
        if (new FileInfo(file).Length > MaxPassagesBytes)
            throw new LibraryException($"{document.Id}: expected at most {MaxPassagesBytes >> 20} MB of passages");
        var bytes = File.ReadAllBytes(file);
        if (NameOf(bytes) != document.File)
            throw new LibraryException($"{document.Id}: the checksum of its passages is wrong; add the document again");
        var passages = new List<Passage>(document.Passages);
        foreach (var range in ((ReadOnlySpan<byte>)bytes).Split((byte)'\n'))
        {
            var line = bytes.AsSpan(range);
            if (!line.IsEmpty) passages.Add(JsonSerializer.Deserialize(line, PassageJson.Default.Passage)!);
        }
        return passages;
    }

    /// <summary>Adds a document, or replaces the one of the same name.</summary>
    /// <param name="file">The document's own bytes, for its version.</param>
    public DocumentEntry Add(string id, byte[] file, DocumentText text, DateTimeOffset now)
    {
        var manifest = ReadManifest();
        if (manifest.Documents.Count >= MaxDocuments && !manifest.Documents.Any(d => d.Id == id))
            throw new LibraryException($"a library holds at most {MaxDocuments} documents");
        var passages = PassageBuilder.Build(text.Blocks);
        using var content = new MemoryStream();
        foreach (var passage in passages)
        {
            JsonSerializer.Serialize(content, passage, PassageJson.Default.Passage);
            content.WriteByte((byte)'\n');
        }
        var bytes = content.ToArray();
        var title = text.Title is { Length: > 0 and <= MaxTitle } t ? t : System.IO.Path.GetFileNameWithoutExtension(id);
        var version = Convert.ToHexStringLower(SHA256.HashData(file))[..VersionDigits];
        var entry = new DocumentEntry(id, title, version, Language(passages), text.Pages, passages.Count, NameOf(bytes))
        {
            AddedAt = now,
            Problems = text.Problems
        };
        Directory.CreateDirectory(DocumentsPath);
        DurableFile.WriteAllBytes(System.IO.Path.Combine(DocumentsPath, entry.File), bytes);
        Replace([.. manifest.Documents.Where(d => d.Id != id), entry]);
        return entry;
    }

    /// <summary>Removes a document; false where there is none of that name.</summary>
    public bool Remove(string id)
    {
        var manifest = ReadManifest();
        if (!manifest.Documents.Any(d => d.Id == id)) return false;
        Replace([.. manifest.Documents.Where(d => d.Id != id)]);
        return true;
    }

    private void Replace(IReadOnlyList<DocumentEntry> documents)
    {
        var manifest = new LibraryManifest(LibraryManifest.CurrentFormat, [.. documents.OrderBy(d => d.Id, StringComparer.Ordinal)]);
        DurableFile.WriteAllBytes(ManifestPath, JsonSerializer.SerializeToUtf8Bytes(manifest, ManifestJson.Default.LibraryManifest));
        var named = documents.Select(d => d.File).ToHashSet(StringComparer.Ordinal);
        foreach (var file in Directory.GetFiles(DocumentsPath))
            if (!named.Contains(System.IO.Path.GetFileName(file))) File.Delete(file); // of an older version, or of a write that was cut off
    }

    private static string NameOf(byte[] content) => $"{Convert.ToHexStringLower(SHA256.HashData(content))}.jsonl";

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
