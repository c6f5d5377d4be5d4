using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Platform;

namespace EdgeAgent.Updates;

/// <summary>
/// The public keys whose bundles this device accepts: *.pem files of a directory, each with an optional line
/// "Not-After: 2027-01-31" before the key, changed by signed statements that the state directory keeps. The files are read for
/// every verification, so that a removed key no longer counts at once.
/// </summary>
internal sealed class KeyRing(string directory, string statementsPath, TimeProvider clock)
{
    private const string NotAfter = "Not-After:";

    /// <summary>Keys (PEM) that count now.</summary>
    public IReadOnlyList<string> Trusted()
    {
        var keys = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Directory.Exists(directory))
            foreach (var file in Directory.GetFiles(directory, "*.pem").Order(StringComparer.Ordinal)) Add(keys, File.ReadAllText(file));
        if (File.Exists(statementsPath))
        {
            using var log = AppendLog.Open(statementsPath, out var statements);
            foreach (var statement in statements) Apply(keys, statement);
        }
        return [.. keys.Values];
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
        var trusted = Trusted();
        if (trusted.Count == 0) throw new VerificationException($"at least one trusted key in '{directory}' that has not expired", "none");
        var signed = SignatureBundle.PreAuthenticationEncoding(bundle.PayloadType, bundle.Payload);
        foreach (var pem in trusted)
        {
            using var key = SigningKeys.PublicKey(pem);
            if (key.VerifyData(signed, bundle.Signature, SigningKeys.HashFor(key), DSASignatureFormat.Rfc3279DerSequence)) return pem;
        }
        throw new VerificationException($"a signature of one of the {trusted.Count} trusted keys", "another's");
    }

    private void Add(Dictionary<string, string> keys, string pem)
    {
        var at = pem.IndexOf(NotAfter, StringComparison.OrdinalIgnoreCase);
        if (at >= 0)
        {
            var line = pem.AsSpan(at + NotAfter.Length);
            var end = line.IndexOf('\n');
            // a key with an unreadable date does not count
            if (!DateTimeOffset.TryParse((end < 0 ? line : line[..end]).Trim(), CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal, out var until) || clock.GetUtcNow() > until) return;
        }
        try
        {
            using var key = SigningKeys.PublicKey(pem);
            keys[SigningKeys.Hint(key)] = pem;
        }
        catch (VerificationException)
        {
            // a file without a key adds none; doctor names it
        }
    }

    private void Apply(Dictionary<string, string> keys, string statement)
    {
        using var document = JsonDocument.Parse(statement);
        if (document.RootElement.TryGetProperty("add", out var add))
            foreach (var pem in add.EnumerateArray()) Add(keys, pem.GetString() ?? "");
        if (document.RootElement.TryGetProperty("remove", out var remove))
            foreach (var hint in remove.EnumerateArray()) keys.Remove(hint.GetString() ?? "");
    }
}
