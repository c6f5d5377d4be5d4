using System.Globalization;
using System.Security.Cryptography;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Platform;

namespace EdgeAgent.Bundles.Slots;

/// <summary>What became of a chunk that was offered.</summary>
internal enum ChunkResult
{
    Taken,

    /// <summary>It is there already.</summary>
    Duplicate,

    /// <summary>Its bytes are not the signed ones.</summary>
    Corrupt,

    /// <summary>The bundle has no such chunk.</summary>
    Unknown,
}

/// <summary>
/// A bundle on its way in: the signed manifest first, then its shards in any order, each checked against its signed digest and
/// on disk before it counts. After a restart it goes on where it was. One user at a time.
/// </summary>
internal sealed class IncomingBundle : IDisposable
{
    private const string IdFile = "bundle", LogFile = "chunks.log", FilesFolder = "files";
    private readonly string _root;
    private readonly HashSet<int> _present = [];
    private AppendLog? _log;

    private IncomingBundle(string root, string id) => (_root, Id) = (root, id);

    /// <summary>SHA-256 of model.sig, lower-case hexadecimal: what names a bundle everywhere.</summary>
    public string Id { get; }

    /// <summary>The bundle's files as far as they are there.</summary>
    public string FilesPath => FilesOf(_root);

    /// <summary>Where the files of an incoming bundle lie.</summary>
    public static string FilesOf(string root) => Path.Combine(root, FilesFolder);

    /// <summary>Null until the manifest is there and holds.</summary>
    public SignedManifest? Manifest { get; private set; }

    public long TotalBytes { get; private set; }

    public long PresentBytes { get; private set; }

    public int Chunks => Manifest?.Resources.Count ?? 0;

    public int Present => _present.Count;

    public bool IsComplete => Manifest is not null && _present.Count == Manifest.Resources.Count;

    /// <summary>Opens the incoming bundle of that name, or begins it in place of another.</summary>
    public static IncomingBundle Open(string root, string id)
    {
        var idFile = Path.Combine(root, IdFile);
        if (!File.Exists(idFile) || File.ReadAllText(idFile) != id || !Directory.Exists(FilesOf(root)))
        {
            DurableFile.Delete(root);
            Directory.CreateDirectory(FilesOf(root));
            DurableFile.WriteAllText(idFile, id);
        }
        return new IncomingBundle(root, id);
    }

    /// <summary>Takes the manifest that is on disk, if it is and a trusted key signed it.</summary>
    /// <param name="verify">Checks the signature; throws <see cref="VerificationException"/>.</param>
    public bool TryResume(Func<byte[], SignedManifest> verify)
    {
        var path = Path.Combine(FilesPath, Bundle.SignatureFileName);
        if (Manifest is not null) return true;
        if (!File.Exists(path)) return false;
        Adopt(verify(File.ReadAllBytes(path)));
        return true;
    }

    /// <summary>Takes a manifest whose SHA-256 is the bundle's name.</summary>
    /// <exception cref="VerificationException">Another content, no trusted signature, or a manifest this device will not take.</exception>
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

    /// <summary>Chunks that are missing, those of student.json first: it says whether the rest is worth fetching.</summary>
    public IEnumerable<int> Missing =>
        Manifest is null
            ? []
            : Enumerable.Range(0, Manifest.Resources.Count).Where(n => !_present.Contains(n))
                .OrderBy(n => Manifest.Resources[n].Path == StudentManifest.FileName ? 0 : 1);

    /// <summary>Whether student.json is all there.</summary>
    public bool HasStudentManifest =>
        Manifest is not null
        && Enumerable.Range(0, Manifest.Resources.Count).Where(n => Manifest.Resources[n].Path == StudentManifest.FileName)
            .All(_present.Contains);

    /// <summary>Checks a chunk and writes it down. The same bytes at other places of the bundle are taken care of too.</summary>
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

    /// <summary>Takes from a bundle directory whatever chunks are the same there: the delta. Returns the bytes taken.</summary>
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
