using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Platform;

namespace EdgeAgent.Updates;

/// <summary>
/// The public keys whose bundles this device accepts: *.pem, *.pub and *.crt files of a directory (see <see cref="KeyFile"/>), changed by
/// signed statements that the state directory keeps. The files are read for every verification, so that a removed key no longer
/// counts at once.
/// </summary>
internal sealed class KeyRing(string directory, string statementsPath, TimeProvider clock)
{
    private const int MaxShownProblems = 8, MaxFileBytes = 1 << 20;
    private static readonly string[] Suffixes = [".pem", ".pub", ".crt"];

    /// <summary>Keys (PEM) that count now.</summary>
    public IReadOnlyList<string> Trusted() => Trusted(out _);

    /// <param name="problems">What in the directory is not used, by file and reason.</param>
    private List<string> Trusted(out List<string> problems)
    {
        var keys = new Dictionary<string, string>(StringComparer.Ordinal);
        problems = [];
        if (!Directory.Exists(directory)) problems.Add("there is no such directory");
        else foreach (var entry in Directory.GetFileSystemEntries(directory).Order(StringComparer.Ordinal)) Read(keys, entry, problems);
        if (File.Exists(statementsPath))
        {
            using var log = AppendLog.Open(statementsPath, out var statements);
            foreach (var statement in statements) Apply(keys, statement);
        }
        return [.. keys.Values];
    }

    private void Read(Dictionary<string, string> keys, string path, List<string> problems)
    {
        var name = Path.GetFileName(path);
        if (name.StartsWith('.')) return; // hidden
        if (!Suffixes.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase))
            problems.Add($"'{name}' is not read: a key's file ends in {string.Join(", ", Suffixes)}");
        else if (Directory.Exists(path)) problems.Add($"'{name}' is a directory");
        else
            try
            {
                if (new FileInfo(path).Length > MaxFileBytes) problems.Add($"'{name}': expected at most {MaxFileBytes} bytes");
                else Add(keys, TextFile.ReadAllText(path), problem => problems.Add($"'{name}': {problem}"));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                problems.Add($"'{name}' cannot be read: {e.Message}");
            }
            catch (TextFileException e)
            {
                problems.Add($"'{name}': expected keys or certificates in PEM, which is text; found {e.Found} (DER? convert it)");
            }
    }

    /// <summary>Applies a statement {"add":[pem],"remove":[hint],"serial":n} that a trusted key signed. Serials must rise.</summary>
    /// <exception cref="VerificationException">No trusted key signed it, or its serial is not newer than the last one.</exception>
    /// <exception cref="IOException">The statement could not be written.</exception>
    public void Rotate(JsonElement envelope)
    {
        var statement = SignedStatement.Open(envelope, SignedStatement.KeysType, Trusted());
        if (!statement.TryGetProperty("serial", out var serial) || !serial.TryGetInt64(out var number))
            throw new VerificationException("a statement about keys with a serial", "none");
        Directory.CreateDirectory(Path.GetDirectoryName(statementsPath)!);
        using var log = AppendLog.Open(statementsPath, out var statements);
        if (statements.Any(s => JsonDocument.Parse(s).RootElement.GetProperty("serial").GetInt64() >= number))
            throw new VerificationException("a newer serial than the last statement's", number.ToString(CultureInfo.InvariantCulture));
        var keys = new Dictionary<string, string>(StringComparer.Ordinal);
        Apply(keys, statement.GetRawText()); // throws for a statement that cannot be applied: it is not kept
        log.Append(JsonSerializer.Serialize(statement));
    }

    /// <summary>Checks a bundle's manifest against the trusted keys.</summary>
    /// <exception cref="VerificationException">No trusted key signed it, or it is not a manifest.</exception>
    public SignedManifest Verify(byte[] signature)
    {
        var bundle = SignatureBundle.Parse(signature);
        SignerOf(bundle);
        return SignedManifest.Parse(bundle.Payload);
    }

    /// <summary>The trusted key (PEM) that signed a bundle's manifest.</summary>
    /// <exception cref="VerificationException">No trusted key signed it.</exception>
    public string SignerOf(SignatureBundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        if (bundle.Certificates is not null) throw new VerificationException("a bundle signed with a key", "one signed with a certificate");
        var trusted = Trusted(out var problems);
        if (trusted.Count == 0)
            throw new VerificationException($"at least one trusted key in '{directory}' that has not expired", $"none{Named(problems)}");
        var signed = SignatureBundle.PreAuthenticationEncoding(bundle.PayloadType, bundle.Payload);
        foreach (var pem in trusted)
        {
            using var key = SigningKeys.PublicKey(pem);
            if (key.VerifyData(signed, bundle.Signature, SigningKeys.HashFor(key), DSASignatureFormat.Rfc3279DerSequence)) return pem;
        }
        throw new VerificationException($"a signature of one of the {trusted.Count} trusted keys", $"another's{Named(problems)}");
    }

    private static string Named(List<string> problems) => problems.Count == 0 ? ""
        : $" ({string.Join("; ", problems.Take(MaxShownProblems))}{(problems.Count > MaxShownProblems ? "; and more" : "")})";

    private void Add(Dictionary<string, string> keys, string text, Action<string> report)
    {
        var parsed = KeyFile.Parse(text, out var problems);
        foreach (var key in parsed)
            if (key.NotAfter is { } end && clock.GetUtcNow() > end)
                report(string.Create(CultureInfo.InvariantCulture, $"the key {key.Hint[..12]} ended on {end:yyyy-MM-dd}"));
            else keys[key.Hint] = key.Pem;
        foreach (var problem in problems) report(problem);
    }

    private void Apply(Dictionary<string, string> keys, string statement)
    {
        using var document = JsonDocument.Parse(statement);
        if (document.RootElement.TryGetProperty("add", out var add))
            foreach (var pem in add.EnumerateArray()) Add(keys, pem.GetString() ?? "", _ => { });
        if (document.RootElement.TryGetProperty("remove", out var remove))
            foreach (var hint in remove.EnumerateArray()) keys.Remove(hint.GetString() ?? "");
    }
}
