using System.Globalization;
using System.Security.Cryptography;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Platform;

namespace EdgeAgent.Bundles.Slots;

/// <summary>Result of offering a chunk.</summary>
internal enum ChunkResult
{
    Taken,

    /// <summary>The chunk is present already.</summary>
    Duplicate,

    /// <summary>Its bytes are not the signed ones.</summary>
    Corrupt,

    /// <summary>The bundle has no such chunk.</summary>
    Unknown,
}

/// <summary>
/// A bundle that is being downloaded: the signed manifest first, then its shards in any order. A shard counts once it matches its
/// signed digest and is on disk. A restart continues with what is on disk. One user at a time.
/// </summary>
internal sealed class IncomingBundle : IDisposable
{
    private const string IdFile = "bundle", LogFile = "chunks.log", FilesFolder = "files";
    private readonly string _root;
    private readonly ArtefactKind _kind;
    private readonly HashSet<int> _present = [];
    private AppendLog? _log;

    private IncomingBundle(string root, string id, ArtefactKind kind) => (_root, Id, _kind) = (root, id, kind);

    /// <summary>See <see cref="BundleId"/>.</summary>
    public string Id { get; }

    /// <summary>The bundle's files, as far as they are present.</summary>
    public string FilesPath => FilesOf(_root);

    /// <summary>Directory of the files of the incoming bundle at <paramref name="root"/>.</summary>
    public static string FilesOf(string root) => Path.Combine(root, FilesFolder);

    /// <summary>Null until the manifest is present and verified.</summary>
    public SignedManifest? Manifest { get; private set; }

    public long TotalBytes { get; private set; }

    public long PresentBytes { get; private set; }

    public int Chunks => Manifest?.Resources.Count ?? 0;

    public int Present => _present.Count;

    public bool IsComplete => Manifest is not null && _present.Count == Manifest.Resources.Count;

    /// <summary>Opens the incoming bundle with that id. Another one at that place is deleted first.</summary>
    public static IncomingBundle Open(string root, string id, ArtefactKind kind)
    {
        var idFile = Path.Combine(root, IdFile);
        if (!File.Exists(idFile) || TextFile.ReadUnchecked(idFile) != id || !Directory.Exists(FilesOf(root)))
        {
            DurableFile.Delete(root);
            Directory.CreateDirectory(FilesOf(root));
            DurableFile.WriteAllText(idFile, id);
        }
        return new IncomingBundle(root, id, kind);
    }

    /// <summary>Reads the manifest from disk; false if there is none yet.</summary>
    /// <param name="verify">Checks the signature; throws <see cref="VerificationException"/>.</param>
    public bool TryResume(Func<byte[], SignedManifest> verify)
    {
        var path = Path.Combine(FilesPath, Bundle.SignatureFileName);
        if (Manifest is not null) return true;
        if (!File.Exists(path)) return false;
        Adopt(verify(File.ReadAllBytes(path)));
        return true;
    }

    /// <summary>Stores a manifest whose SHA-256 is the bundle's id.</summary>
    /// <exception cref="VerificationException">Another digest, no trusted signature, or shards that are too large.</exception>
    public void TakeManifest(byte[] content, Func<byte[], SignedManifest> verify)
    {
        if (BundleId.OfSignature(content) is var found && found != Id)
            throw new VerificationException($"a manifest with SHA-256 {Id}", found);
        var manifest = verify(content);
        DurableFile.WriteAllBytes(Path.Combine(FilesPath, Bundle.SignatureFileName), content);
        Adopt(manifest);
    }

    private void Adopt(SignedManifest manifest)
    {
        if (manifest.ShardSize is not <= BundleChunks.MaxBytes)
            throw new VerificationException($"a bundle signed in shards of at most {BundleChunks.MaxBytes} bytes",
                manifest.ShardSize is { } size ? $"shards of {size}" : "whole files");
        if (manifest.Resources.Any(r => r.Path is Bundle.SignatureFileName or SignedManifest.SingleFile))
            throw new VerificationException("files of a bundle", "its signature among them, or a single file");
        TotalBytes = manifest.Resources.Sum(r => r.End!.Value - r.Start!.Value);
        _log = AppendLog.Open(Path.Combine(_root, LogFile), out var records);
        foreach (var record in records)
            if (int.TryParse(record, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n < manifest.Resources.Count)
                Count(manifest, n);
        Manifest = manifest;
    }

    public bool Has(int chunk) => _present.Contains(chunk);

    /// <summary>Missing chunks, those that say what it is first: its release decides whether the rest is worth fetching.</summary>
    public IEnumerable<int> Missing =>
        Manifest is null
            ? []
            : Enumerable.Range(0, Manifest.Resources.Count).Where(n => !_present.Contains(n))
                .OrderBy(n => Manifest.Resources[n].Path == _kind.ManifestName ? 0 : 1);

    /// <summary>Whether all chunks that say what it is (student.json) are present.</summary>
    public bool HasKindManifest =>
        Manifest is not null
        && Enumerable.Range(0, Manifest.Resources.Count).Where(n => Manifest.Resources[n].Path == _kind.ManifestName)
            .All(_present.Contains);

    /// <summary>Verifies a chunk and writes it, at every place of the bundle that has the same digest.</summary>
    public ChunkResult Take(int chunk, ReadOnlySpan<byte> content)
    {
        if (Manifest is null || chunk < 0 || chunk >= Manifest.Resources.Count) return ChunkResult.Unknown;
        if (_present.Contains(chunk)) return ChunkResult.Duplicate;
        var resource = Manifest.Resources[chunk];
        if (content.Length != resource.End - resource.Start || !SHA256.HashData(content).AsSpan().SequenceEqual(resource.Digest))
            return ChunkResult.Corrupt;
        for (var n = 0; n < Manifest.Resources.Count; n++)
        {
            if (_present.Contains(n) || !Manifest.Resources[n].Digest.AsSpan().SequenceEqual(resource.Digest)) continue;
            var path = Path.Combine(FilesPath, Manifest.Resources[n].Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            DurableFile.WriteAt(path, Manifest.Resources[n].Start!.Value, content);
            _log!.Append(n.ToString(CultureInfo.InvariantCulture));
            Count(Manifest, n);
        }
        return ChunkResult.Taken;
    }

    private void Count(SignedManifest manifest, int chunk)
    {
        if (_present.Add(chunk)) PresentBytes += manifest.Resources[chunk].End!.Value - manifest.Resources[chunk].Start!.Value;
    }

    /// <summary>Copies the missing chunks that another bundle directory has too (the delta). Returns the bytes copied.</summary>
    public long TakeFrom(string directory)
    {
        if (Manifest is null || BundleChunks.ManifestOf(directory) is not { } other) return 0;
        var wanted = Missing.GroupBy(n => Convert.ToHexString(Manifest.Resources[n].Digest)).ToDictionary(g => g.Key, g => g.First());
        var before = PresentBytes;
        foreach (var resource in other.Resources)
            if (resource.Start is not null && wanted.TryGetValue(Convert.ToHexString(resource.Digest), out var chunk)
                && BundleChunks.Read(directory, resource) is { } content) Take(chunk, content);
        return PresentBytes - before;
    }

    public void Dispose() => _log?.Dispose();
}
