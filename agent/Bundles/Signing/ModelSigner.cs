using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using EdgeAgent.Platform;

namespace EdgeAgent.Bundles.Signing;

/// <summary>Signs a model (OpenSSF Model Signing 1.0, section 6).</summary>
internal static class ModelSigner
{
    private static readonly JsonWriterOptions Relaxed =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Signs with a key; the bundle names it by its hint.</summary>
    public static void SignWithKey(string model, string signature, ECDsa key, SignOptions options) =>
        Sign(model, signature, key, options, json =>
    {
        json.WriteStartObject("publicKey");
        json.WriteString("hint", SigningKeys.Hint(key));
        json.WriteEndObject();
    });

    /// <summary>Signs with a certificate's key; the bundle carries the leaf and the chain.</summary>
    public static void SignWithCertificate(string model, string signature, ECDsa key, X509Certificate2 leaf,
        X509Certificate2Collection chain, SignOptions options)
    {
        using (var publicKey = leaf.GetECDsaPublicKey()
            ?? throw new VerificationException("a signing certificate with an ECDSA key", "another"))
            if (!publicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
                throw new VerificationException("the private key of the signing certificate", "another key");
        Sign(model, signature, key, options, json =>
        {
            json.WriteStartObject("x509CertificateChain");
            json.WriteStartArray("certificates");
            foreach (var certificate in chain.Prepend(leaf))
            {
                json.WriteStartObject();
                json.WriteBase64String("rawBytes", certificate.RawData);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private static void Sign(string model, string signature, ECDsa key, SignOptions options, Action<Utf8JsonWriter> material)
    {
        if (options.ShardSize is < 1) throw new VerificationException("a shard size of at least 1 byte", $"{options.ShardSize}");
        string[] ignored = [.. VerifyOptions.Relative(model, [.. options.IgnorePaths, signature])];
        var files = ModelTree.List(model, new TreeRules(options.AllowSymlinks, options.IgnoreGitPaths, ignored)).Where(f => !f.Ignored)
            .ToList();
        if (files.Count == 0) throw new VerificationException("at least one file to sign", "none");
        var resources = Resources(files, options.ShardSize);
        if (resources.Count == 0) throw new VerificationException("at least one file with content to sign in shards", "empty files only");
        var payload = Statement(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(model))), resources, options, ignored);
        var sign = key.SignData(SignatureBundle.PreAuthenticationEncoding(SignatureBundle.StatementType, payload), SigningKeys.HashFor(key),
            DSASignatureFormat.Rfc3279DerSequence);
        DurableFile.WriteAllBytes(signature, Write(json =>
        {
            json.WriteString("mediaType", SignatureBundle.MediaType);
            json.WriteStartObject("verificationMaterial");
            material(json);
            json.WriteStartArray("tlogEntries");
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteStartObject("dsseEnvelope");
            json.WriteBase64String("payload", payload);
            json.WriteString("payloadType", SignatureBundle.StatementType);
            json.WriteStartArray("signatures");
            json.WriteStartObject();
            json.WriteBase64String("sig", sign);
            json.WriteString("keyid", "");
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }));
    }

    private static List<(string Name, SignedResource Resource)> Resources(List<ModelFile> files, long? shardSize)
    {
        var work = new List<(string Name, ModelFile File, long Start, long End)>();
        foreach (var file in files)
        {
            if (shardSize is not { } size) work.Add((file.Name, file, 0, file.Length));
            else for (var start = 0L; start < file.Length; start += size)
                work.Add(($"{file.Name}:{start}:{Math.Min(start + size, file.Length)}", file, start, Math.Min(start + size, file.Length)));
        }
        // Unicode code point order, which UTF-16 order is not
        work.Sort((a, b) =>
            System.Text.Encoding.UTF8.GetBytes(a.Name).AsSpan().SequenceCompareTo(System.Text.Encoding.UTF8.GetBytes(b.Name)));
        var digests = new byte[work.Count][];
        Parallel.For(0, work.Count, i => digests[i] = Digests.Range(work[i].File.FullPath, work[i].Start, work[i].End));
        return [.. work.Select((w, i) => (w.Name, new SignedResource(w.File.Name, null, null, digests[i])))];
    }

    private static byte[] Statement(string name, List<(string Name, SignedResource Resource)> resources, SignOptions options,
        string[] ignored) => Write(json =>
    {
        json.WriteString("_type", SignedManifest.Type);
        json.WriteStartArray("subject");
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteStartObject("digest");
        json.WriteString(SignedManifest.HashType, SignedManifest.RootDigest(resources.Select(r => r.Resource)));
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteString("predicateType", SignedManifest.PredicateType);
        json.WriteStartObject("predicate");
        json.WriteStartArray("resources");
        foreach (var (resourceName, resource) in resources)
        {
            json.WriteStartObject();
            json.WriteString("name", resourceName);
            json.WriteString("algorithm", SignedManifest.HashType);
            json.WriteString("digest", Convert.ToHexStringLower(resource.Digest));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartObject("serialization");
        json.WriteString("method", options.ShardSize is null ? SignedManifest.Files : SignedManifest.Shards);
        json.WriteString("hash_type", SignedManifest.HashType);
        if (options.ShardSize is { } size) json.WriteNumber("shard_size", size);
        json.WriteBoolean("allow_symlinks", options.AllowSymlinks);
        json.WriteStartArray("ignore_paths");
        foreach (var path in ignored.Concat(options.IgnoreGitPaths ? ModelTree.DefaultIgnored : []).Distinct()
            .Order(StringComparer.Ordinal)) json.WriteStringValue(path);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    });

    private static byte[] Write(Action<Utf8JsonWriter> body)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Relaxed))
        {
            json.WriteStartObject();
            body(json);
            json.WriteEndObject();
        }
        return stream.ToArray();
    }
}
