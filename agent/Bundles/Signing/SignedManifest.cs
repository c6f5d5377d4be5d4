using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace EdgeAgent.Bundles.Signing;

/// <summary>A file, or a byte range of one, with its SHA-256. Whole files have no range.</summary>
internal sealed record SignedResource(string Path, long? Start, long? End, byte[] Digest);

/// <summary>
/// The in-toto statement of a model signature (sections 5 and 6): files, digests and the method of enumeration. Checks every rule
/// that does not need the model. Parse only what a verified signature covers.
/// </summary>
internal sealed record SignedManifest(IReadOnlyList<SignedResource> Resources, long? ShardSize, bool AllowSymlinks,
    IReadOnlyList<string> IgnorePaths)
{
    public const string Type = "https://in-toto.io/Statement/v1", PredicateType = "https://model_signing/signature/v1.0",
        HashType = "sha256";
    private static readonly System.Buffers.SearchValues<char> Hex = System.Buffers.SearchValues.Create("0123456789abcdef");
    public const string Files = "files", Shards = "shards";

    /// <summary>The name old signatures give the one file of a single-file model.</summary>
    public const string SingleFile = ".";

    public static SignedManifest Parse(ReadOnlyMemory<byte> payload) => StrictJson.Read(payload, "the signed statement", Read);

    private static SignedManifest Read(JsonElement root)
    {
        Expect("_type", StrictJson.Text(root, "_type", "the statement"), Type);
        Expect("predicateType", StrictJson.Text(root, "predicateType", "the statement"), PredicateType);
        var predicate = StrictJson.Property(root, "predicate", JsonValueKind.Object, "the statement");
        var serialization = StrictJson.Property(predicate, "serialization", JsonValueKind.Object, "the predicate");
        var shardSize = ReadMethod(serialization);
        Expect("hash_type", StrictJson.Text(serialization, "hash_type", "the serialization"), HashType);
        if (!serialization.TryGetProperty("allow_symlinks", out var symlinks)
            || symlinks.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            throw new VerificationException("allow_symlinks as true or false", symlinks.ValueKind.ToString());
        var resources = ReadResources(StrictJson.Property(predicate, "resources", JsonValueKind.Array, "the predicate"), shardSize);
        CheckSubject(root, resources);
        return new SignedManifest(resources, shardSize, symlinks.GetBoolean(), ReadIgnorePaths(serialization));
    }

    private static void Expect(string name, string found, string expected)
    {
        if (found != expected) throw new VerificationException($"{name} '{expected}'", $"'{found}'");
    }

    private static long? ReadMethod(JsonElement serialization)
    {
        var method = StrictJson.Text(serialization, "method", "the serialization");
        var has = serialization.TryGetProperty("shard_size", out var size);
        if (method == Files) return has ? throw new VerificationException("no shard_size with method files", "one") : null;
        if (method != Shards) throw new VerificationException($"method '{Files}' or '{Shards}'", $"'{method}'");
        // some signers write the integer as 64.0
        if (!has || size.ValueKind != JsonValueKind.Number || !size.TryGetDouble(out var value) || value < 1 || value > 1L << 53
            || value != Math.Floor(value))
            throw new VerificationException("shard_size as a positive whole number", has ? size.ToString() : "nothing");
        return (long)value;
    }

    private static List<SignedResource> ReadResources(JsonElement array, long? shardSize)
    {
        if (array.GetArrayLength() == 0) throw new VerificationException("at least one signed file", "none");
        var resources = new List<SignedResource>(array.GetArrayLength());
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in array.EnumerateArray())
        {
            var name = StrictJson.Text(entry, "name", "a resource");
            if (!names.Add(name)) throw new VerificationException("every resource once", $"'{name}' twice");
            var algorithm = StrictJson.Text(entry, "algorithm", $"resource '{name}'");
            // the reference implementation's name for the same digest
            if (algorithm != HashType
                && (shardSize is null || algorithm != string.Create(CultureInfo.InvariantCulture, $"{HashType}-sharded-{shardSize}")))
                throw new VerificationException($"algorithm '{HashType}' for '{name}'", $"'{algorithm}'");
            var digest = StrictJson.Text(entry, "digest", $"resource '{name}'");
            if (digest.Length != 64 || digest.AsSpan().ContainsAnyExcept(Hex))
                throw new VerificationException($"a digest of 64 lower-case hexadecimal digits for '{name}'", $"'{digest}'");
            var (path, start, end) = shardSize is { } size ? SplitRange(name, size) : (name, (long?)null, (long?)null);
            if (path != SingleFile || shardSize is null && array.GetArrayLength() > 1) CheckPath(path);
            resources.Add(new SignedResource(path, start, end, Convert.FromHexString(digest)));
        }
        return resources;
    }

    /// <summary>
    /// "path:start:end" with the last two components as decimal numbers; the range is a whole shard or a file's last one.
    /// </summary>
    private static (string, long?, long?) SplitRange(string name, long size)
    {
        var second = name.LastIndexOf(':');
        var first = second > 0 ? name.LastIndexOf(':', second - 1) : -1;
        if (first <= 0 || !Decimal(name.AsSpan(first + 1, second - first - 1), out var start)
            || !Decimal(name.AsSpan(second + 1), out var end))
            throw new VerificationException("a shard named path:start:end", $"'{name}'");
        if (start % size != 0 || end <= start || end - start > size)
            throw new VerificationException($"ranges of {size} bytes from multiples of it", $"'{name}'");
        return (name[..first], start, end);
    }

    private static bool Decimal(ReadOnlySpan<char> text, out long value) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && (text.Length == 1 || text[0] != '0');

    /// <summary>Canonical relative paths only (section 6.1.2): nothing that could lead out of the model, on any system.</summary>
    private static void CheckPath(string path)
    {
        var bad = path.Length == 0 || path.Contains('\\', StringComparison.Ordinal) || path.Any(char.IsControl)
            || path.Split('/').Any(part => part is "" or "." or "..");
        if (bad) throw new VerificationException("canonical relative paths", $"'{path}'");
    }

    private static List<string> ReadIgnorePaths(JsonElement serialization)
    {
        if (!serialization.TryGetProperty("ignore_paths", out var paths)) return [];
        if (paths.ValueKind != JsonValueKind.Array) throw new VerificationException("ignore_paths as an array", paths.ValueKind.ToString());
        var list = paths.EnumerateArray().Select(p => StrictJson.Text(p, "ignore_paths")).ToList();
        list.ForEach(CheckPath);
        return list;
    }

    /// <summary>One subject whose digest is the SHA-256 over the resources' digests in their order (section 6.5).</summary>
    private static void CheckSubject(JsonElement root, List<SignedResource> resources)
    {
        var subjects = StrictJson.Property(root, "subject", JsonValueKind.Array, "the statement");
        if (subjects.GetArrayLength() != 1) throw new VerificationException("one subject", $"{subjects.GetArrayLength()}");
        if (StrictJson.Text(subjects[0], "name", "the subject").Length == 0)
            throw new VerificationException("a subject with a name", "an empty one");
        var found = StrictJson.Text(StrictJson.Property(subjects[0], "digest", JsonValueKind.Object, "the subject"), "sha256",
            "the subject's digest");
        Expect("root digest", found, RootDigest(resources));
    }

    public static string RootDigest(IEnumerable<SignedResource> resources)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var resource in resources) hash.AppendData(resource.Digest);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
