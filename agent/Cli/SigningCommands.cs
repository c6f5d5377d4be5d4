using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Bundles.Slots;
using EdgeAgent.Fleet;
using EdgeAgent.Platform;

namespace EdgeAgent.Cli;

/// <summary>
/// <c>edge-agent model sign|verify key|certificate</c>: the verbs and options of the OpenSSF reference command line. Option names
/// are accepted with '_' and with '-'.
/// </summary>
internal static class SigningCommands
{
    private const long DefaultShardSize = 1_000_000_000; // section 6.3.2

    private sealed class Shared
    {
        public Argument<string> Model { get; } = new("MODEL") { Description = "Model directory or file." };
        public Option<string> Signature { get; } = new("--signature") { Description = "The signature file.", Required = true };
        public Option<string[]> IgnorePaths { get; } = Named<string[]>("--ignore-paths", "Paths to ignore.");
        public Option<bool> NoIgnoreGit { get; } =
            Named<bool>("--no-ignore-git-paths", "Include .git, .gitignore, .gitattributes and .github.");
        public Option<bool> AllowSymlinks { get; } = Named<bool>("--allow-symlinks", "Follow symbolic links inside the model.");

        public Command Command(string name, string description, params Option[] options)
        {
            var command = new Command(name, description) { Model, Signature, IgnorePaths, NoIgnoreGit, AllowSymlinks };
            foreach (var option in options) command.Add(option);
            return command;
        }
    }

    public static Command Verify(TimeProvider clock)
    {
        Shared key = new(), certificate = new();
        var publicKey = Named<string>("--public-key", "The signer's public key, PEM.", required: true);
        var chain = Named<string>("--certificate-chain", "Trusted roots and further intermediates, PEM.", required: true);
        Option<bool> unsignedWithKey = Named<bool>("--ignore-unsigned-files", "Accept files that the signature does not cover."),
            unsignedWithCertificate = Named<bool>("--ignore-unsigned-files", "Accept files that the signature does not cover.");
        var byKey = key.Command("key", "Verify with a public key.", publicKey, unsignedWithKey);
        byKey.SetAction(result =>
            Run(() =>
                ModelVerifier.VerifyWithKey(result.GetRequiredValue(key.Model), result.GetRequiredValue(key.Signature),
                    Read(result.GetRequiredValue(publicKey)), Options(result, key, unsignedWithKey))));
        var byCertificate = certificate.Command("certificate", "Verify with trusted certificates, which must be valid now.", chain,
            unsignedWithCertificate);
        byCertificate.SetAction(result =>
            Run(() =>
                ModelVerifier.VerifyWithCertificates(result.GetRequiredValue(certificate.Model),
                    result.GetRequiredValue(certificate.Signature), Read(result.GetRequiredValue(chain)),
                    Options(result, certificate, unsignedWithCertificate), clock)));
        return new Command("verify", "Verify a model's signature (OpenSSF Model Signing 1.0).") { byKey, byCertificate };
    }

    public static Command Sign()
    {
        Shared key = new(), certificate = new();
        Option<string> privateWithKey = Named<string>("--private-key", "The private key, PEM.", required: true),
            privateWithCertificate = Named<string>("--private-key", "The certificate's private key, PEM.", required: true);
        Option<string?> passwordWithKey = Named<string?>("--password-file", "File with the key's password."),
            passwordWithCertificate = Named<string?>("--password-file", "File with the key's password.");
        var signing = Named<string>("--signing-certificate", "The signing certificate, PEM.", required: true);
        var chain = Named<string[]>("--certificate-chain", "Certificates up to the root, PEM.");
        Option<string?> methodWithKey = Method(), methodWithCertificate = Method();
        Option<long?> sizeWithKey = Size(), sizeWithCertificate = Size();
        var byKey = key.Command("key", "Sign with a private key.", privateWithKey, passwordWithKey, methodWithKey, sizeWithKey);
        byKey.SetAction(result => Run(() =>
        {
            using var ecdsa = SigningKeys.PrivateKey(Read(result.GetRequiredValue(privateWithKey)),
                Password(result.GetValue(passwordWithKey)));
            ModelSigner.SignWithKey(result.GetRequiredValue(key.Model), result.GetRequiredValue(key.Signature), ecdsa,
                Options(result, key, methodWithKey, sizeWithKey));
        }));
        var byCertificate = certificate.Command("certificate", "Sign with a certificate's private key.", privateWithCertificate,
            passwordWithCertificate, signing, chain, methodWithCertificate, sizeWithCertificate);
        byCertificate.SetAction(result => Run(() =>
        {
            using var ecdsa = SigningKeys.PrivateKey(Read(result.GetRequiredValue(privateWithCertificate)),
                Password(result.GetValue(passwordWithCertificate)));
            using var leaf = X509Certificate2.CreateFromPem(Read(result.GetRequiredValue(signing)));
            var others = new X509Certificate2Collection();
            foreach (var file in result.GetValue(chain) ?? []) others.ImportFromPem(Read(file));
            ModelSigner.SignWithCertificate(result.GetRequiredValue(certificate.Model), result.GetRequiredValue(certificate.Signature),
                ecdsa, leaf, others, Options(result, certificate, methodWithCertificate, sizeWithCertificate));
        }));
        return new Command("sign", "Sign a model (OpenSSF Model Signing 1.0).") { byKey, byCertificate };
    }

    private static int Run(Action work) => CommandErrors.Run(() =>
    {
        work();
        Console.WriteLine("succeeded");
        return ExitCodes.Success;
    });

    private static VerifyOptions Options(ParseResult result, Shared shared, Option<bool> ignoreUnsigned) => new()
    {
        IgnorePaths = result.GetValue(shared.IgnorePaths) ?? [],
        IgnoreGitPaths = !result.GetValue(shared.NoIgnoreGit),
        AllowSymlinks = result.GetValue(shared.AllowSymlinks),
        IgnoreUnsignedFiles = result.GetValue(ignoreUnsigned),
    };

    private static SignOptions Options(ParseResult result, Shared shared, Option<string?> method, Option<long?> size) => new()
    {
        IgnorePaths = result.GetValue(shared.IgnorePaths) ?? [],
        IgnoreGitPaths = !result.GetValue(shared.NoIgnoreGit),
        AllowSymlinks = result.GetValue(shared.AllowSymlinks),
        ShardSize = ShardSize(result.GetValue(method), result.GetValue(size), BundleSigner.IsBundle(result.GetRequiredValue(shared.Model))),
    };

    /// <summary>Bytes of a shard; null for whole files. A bundle is signed so that devices can fetch it.</summary>
    private static long? ShardSize(string? method, long? size, bool isBundle)
    {
        if ((method ?? (isBundle ? SignedManifest.Shards : SignedManifest.Files)) == SignedManifest.Shards)
            return size ?? (isBundle ? BundleChunks.MaxBytes : DefaultShardSize);
        return size is null ? null : throw new UsageException($"--shard-size goes with --serialization {SignedManifest.Shards}");
    }

    private static Option<string?> Method()
    {
        var option = Named<string?>("--serialization",
            "files: one digest per file; shards: one digest per byte range. Default: shards for a bundle, files for others.");
        option.AcceptOnlyFromAmong(SignedManifest.Files, SignedManifest.Shards);
        return option;
    }

    private static Option<long?> Size() => Named<long?>("--shard-size",
        $"Shard size, bytes; default {BundleChunks.MaxBytes} for a bundle, {DefaultShardSize} for others.");

    private static Option<T> Named<T>(string name, string description, bool required = false)
    {
        var underscored = "--" + name[2..].Replace('-', '_');
        return underscored == name
            ? new Option<T>(name) { Description = description, Required = required }
            : new Option<T>(name, underscored) { Description = description, Required = required };
    }

    internal static string? Password(string? file) => file is null ? null : Read(file).TrimEnd('\r', '\n');

    internal static string Read(string file) =>
        File.Exists(file) ? TextFile.ReadAllText(file) : throw new VerificationException($"a file '{file}'", "no such file");
}
