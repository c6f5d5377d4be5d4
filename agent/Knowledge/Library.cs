using System.Security.Cryptography;
using System.Text;
using EdgeAgent.Knowledge.Index;
using EdgeAgent.Knowledge.Storage;

namespace EdgeAgent.Knowledge;

/// <summary>A document that a passage belongs to.</summary>
/// <param name="Id">Its file's name.</param>
internal sealed record SourceDocument(string Id, string Title, string Version, string Language)
{
    /// <summary>Who may read it; empty: everybody.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];
}

/// <summary>A passage that was found, with its document.</summary>
/// <param name="Score">Comparable within one question.</param>
/// <param name="Coverage">Share of what the question asks, by weight, that the passage names, 0..1.</param>
/// <param name="Asked">Number of the question's terms, kinds of figures aside.</param>
/// <param name="Missing">Those of its terms that it lacks, kinds of figures among them.</param>
internal sealed record FoundPassage(SourceDocument Document, Passage Passage, double Score, double Coverage, int Asked,
    IReadOnlyList<string> Missing);

/// <summary>The plant's documents as they are searched: a snapshot in memory. Immutable; safe for concurrent use.</summary>
internal sealed class Library
{
    private readonly IReadOnlyList<(SourceDocument Document, IReadOnlyList<Passage> Passages)> _documents;
    private readonly List<(SourceDocument Document, Passage Passage)> _passages = [];
    private readonly PassageIndex _index;

    /// <param name="damaged">What could not be loaded.</param>
    /// <param name="version">Null: made of the documents' versions.</param>
    public Library(IReadOnlyList<(SourceDocument Document, IReadOnlyList<Passage> Passages)> documents,
        IReadOnlyList<string>? damaged = null, string? version = null)
    {
        _documents = documents;
        foreach (var (document, passages) in documents)
            foreach (var passage in passages) _passages.Add((document, passage));
        _index = new PassageIndex(documents.Select(d => (d.Document.Title, d.Passages)));
        Documents = [.. documents.Select(d => d.Document)];
        Damaged = damaged ?? [];
        Version = version ?? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
            string.Join('\n', Documents.Select(d => $"{d.Id} {d.Version}").Order(StringComparer.Ordinal)))))[..12];
    }

    public IReadOnlyList<SourceDocument> Documents { get; }

    public int Passages => _passages.Count;

    public IReadOnlyList<string> Damaged { get; }

    /// <summary>Names the set of documents that not everybody may read, of those it holds; empty: it holds none.</summary>
    public string Audience { get; private init; } = "";

    /// <summary>
    /// The library of those documents that somebody with these roles may read: a whole one of its own, so that nothing of the others shows,
    /// not even how rare a word is.
    /// </summary>
    public Library For(IReadOnlyCollection<string> roles)
    {
        var readable = _documents.Where(d => d.Document.Roles.Count == 0 || d.Document.Roles.Any(roles.Contains)).ToList();
        var audience = string.Join('\n', readable.Where(d => d.Document.Roles.Count > 0).Select(d => d.Document.Id));
        return new Library(readable, Damaged, Version) { Audience = audience };
    }

    /// <summary>Passages of a document, in their order; null where it has none of that name.</summary>
    public (SourceDocument Document, IReadOnlyList<Passage> Passages)? Document(string id) =>
        _documents.FirstOrDefault(d => d.Document.Id == id) is { Document: not null } found ? found : null;

    /// <summary>Changes with any document.</summary>
    public string Version { get; }

    /// <summary>Whether any passage has a term.</summary>
    public bool Has(string term) => _index.Has(term);

    /// <summary>The best passages for a question, the best first.</summary>
    public IReadOnlyList<FoundPassage> Find(string question, int count) =>
        [.. _index.Find(question, count).Select(h => new FoundPassage(_passages[h.Passage].Document, _passages[h.Passage].Passage,
            h.Score, h.Coverage, h.Asked, h.Missing))];

    /// <summary>Reads a library from disk. A damaged document is left out and named.</summary>
    /// <exception cref="LibraryException">There is none, or its list of documents is damaged.</exception>
    public static Library Load(string path)
    {
        var directory = new LibraryDirectory(path);
        if (!directory.Exists)
            throw new LibraryException($"expected a library with {LibraryDirectory.ManifestName} in '{path}'; found none. "
                + $"'edge-agent docs add MANUAL.pdf {path}' makes one");
        var documents = new List<(SourceDocument, IReadOnlyList<Passage>)>();
        var damaged = new List<string>();
        var manifest = directory.ReadManifest();
        foreach (var entry in manifest.Documents)
            try
            {
                var document = new SourceDocument(entry.Id, entry.Title, entry.Version, entry.Language) { Roles = entry.Roles };
                documents.Add((document, directory.ReadPassages(entry)));
            }
            catch (Exception e) when (e is LibraryException or System.Text.Json.JsonException)
            {
                damaged.Add(e.Message);
            }
        return new Library(documents, damaged, manifest.Version);
    }
}
