using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace EdgeAgent.Bundles.Signing;

/// <summary>
/// Verifies a model against its signature (OpenSSF Model Signing 1.0, section 8): first the signature, then the signed statement,
/// then the files. The payload is not parsed before the signature is verified.
/// </summary>
internal static class ModelVerifier
{
    /// <summary>Verifies with a trusted public key in PEM.</summary>
    /// <exception cref="VerificationException">Says what was expected and what was found.</exception>
    public static SignedManifest VerifyWithKey(string model, string signature, string publicKeyPem, VerifyOptions options)
    {
        var bundle = SignatureBundle.Load(signature);
        if (bundle.Certificates is not null)
            throw new VerificationException("a signature of the method key", "one of the method certificate");
        using var key = SigningKeys.PublicKey(publicKeyPem);
        return Verify(bundle, key, model, signature, options);
    }

    /// <summary>Verifies with trusted certificates, which must be valid now.</summary>
    /// <param name="trustPem">Trusted roots, and intermediates if the signature lacks them.</param>
    /// <exception cref="VerificationException">Says what was expected and what was found.</exception>
    public static SignedManifest VerifyWithCertificates(string model, string signature, string trustPem, VerifyOptions options,
        TimeProvider clock)
    {
        var bundle = SignatureBundle.Load(signature);
        if (bundle.Certificates is not { } certificates)
            throw new VerificationException("a signature of the method certificate", "one of the method key");
        using var key = CertificateChain.LeafKey(certificates, trustPem, clock);
        return Verify(bundle, key, model, signature, options);
    }

    private static SignedManifest Verify(SignatureBundle bundle, ECDsa key, string model, string signature, VerifyOptions options)
    {
        var signed = SignatureBundle.PreAuthenticationEncoding(bundle.PayloadType, bundle.Payload);
        if (!key.VerifyData(signed, bundle.Signature, SigningKeys.HashFor(key), DSASignatureFormat.Rfc3279DerSequence))
            throw new VerificationException("a signature made with this key over this bundle", "another signature");
        var manifest = SignedManifest.Parse(bundle.Payload);
        CheckFiles(manifest, model, signature, options);
        return manifest;
    }

    private static void CheckFiles(SignedManifest manifest, string model, string signature, VerifyOptions options)
    {
        var rules = new TreeRules(manifest.AllowSymlinks && options.AllowSymlinks, options.IgnoreGitPaths,
            [.. manifest.IgnorePaths, .. VerifyOptions.Relative(model, [.. options.IgnorePaths, signature])]);
        var files = ModelTree.List(model, rules).ToDictionary(f => f.Name, StringComparer.Ordinal);
        var single = File.Exists(model) ? files.Values.Single() : null;
        var checks = new List<(SignedResource Resource, ModelFile File)>();
        foreach (var resource in manifest.Resources)
        {
            var file = resource.Path == SignedManifest.SingleFile ? single : files.GetValueOrDefault(resource.Path);
            checks.Add((resource,
                file ?? throw new VerificationException($"the signed file '{resource.Path}'", "no such file in the model")));
        }
        CheckCoverage(checks, manifest.ShardSize);
        if (!options.IgnoreUnsignedFiles)
        {
            var covered = checks.Select(c => c.File.Name).ToHashSet(StringComparer.Ordinal);
            // with shards an empty file has no resource, so it cannot be told from an unsigned one
            if (files.Values.FirstOrDefault(f =>
                !f.Ignored && !covered.Contains(f.Name) && (manifest.ShardSize is null || f.Length > 0)) is { } extra)
                throw new VerificationException("signed files only", $"'{extra.Name}', which the signature does not cover");
        }
        CheckDigests(checks);
    }

    /// <summary>The shards of a file must cover it from 0 to its end, each once.</summary>
    private static void CheckCoverage(List<(SignedResource Resource, ModelFile File)> checks, long? shardSize)
    {
        if (shardSize is not { } size) return;
        foreach (var group in checks.GroupBy(c => c.File))
        {
            var next = 0L;
            foreach (var (resource, file) in group.OrderBy(c => c.Resource.Start))
            {
                if (resource.Start != next || resource.End != Math.Min(next + size, file.Length))
                    throw new VerificationException($"a shard of '{file.Name}' from {next} to {Math.Min(next + size, file.Length)}",
                        $"{resource.Start} to {resource.End}");
                next = resource.End.Value;
            }
            if (next != group.Key.Length)
                throw new VerificationException($"shards of '{group.Key.Name}' up to its {group.Key.Length} bytes", $"up to {next}");
        }
    }

    private static void CheckDigests(List<(SignedResource Resource, ModelFile File)> checks)
    {
        var wrong = new ConcurrentBag<string>();
        try
        {
            Parallel.ForEach(Partitioner.Create(checks, EnumerablePartitionerOptions.NoBuffering), (check, state) =>
            {
                var (resource, file) = check;
                var digest = Digests.Range(file.FullPath, resource.Start ?? 0, resource.End ?? file.Length);
                if (digest.AsSpan().SequenceEqual(resource.Digest)) return;
                wrong.Add(resource.Start is null ? $"'{file.Name}'" : $"'{file.Name}' bytes {resource.Start}..{resource.End}");
                state.Stop();
            });
        }
        catch (AggregateException e) when (e.InnerExceptions.OfType<VerificationException>().FirstOrDefault() is { } first)
        {
            throw new VerificationException(first.Expected, first.Found);
        }
        if (!wrong.IsEmpty)
            throw new VerificationException("files as they were signed", $"{wrong.Order(StringComparer.Ordinal).First()} changed");
    }
}
