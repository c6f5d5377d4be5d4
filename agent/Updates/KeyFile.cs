using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeAgent.Bundles.Signing;

namespace EdgeAgent.Updates;

/// <summary>A public key that a file holds.</summary>
/// <param name="Hint">See <see cref="SigningKeys.Hint"/>.</param>
/// <param name="NotAfter">When it ends; null for never.</param>
internal sealed record TrustedKey(string Hint, string Pem, DateTimeOffset? NotAfter);

/// <summary>
/// Reads the public keys of a PEM text: any number of keys and certificates. A line "Not-After: 2027-01-31" before a key ends it on that
/// day; a certificate ends with its own period. Pure.
/// </summary>
internal static class KeyFile
{
    private const string NotAfterWord = "Not-After:", PublicKey = "PUBLIC KEY", Certificate = "CERTIFICATE";

    /// <param name="problems">What of the text cannot be used, and why.</param>
    public static IReadOnlyList<TrustedKey> Parse(string text, out IReadOnlyList<string> problems)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (keys, found) = (new List<TrustedKey>(), new List<string>());
        var from = 0;
        while (PemEncoding.TryFind(text.AsSpan(from), out var fields))
        {
            var before = text.AsSpan(from, fields.Location.Start.GetOffset(text.Length - from));
            var block = text.AsSpan(from)[fields.Location];
            try
            {
                keys.Add(Key(text.AsSpan(from)[fields.Label].ToString(), block.ToString(), End(before)));
            }
            catch (Exception e) when (e is VerificationException or CryptographicException)
            {
                found.Add(e.Message);
            }
            from += fields.Location.End.GetOffset(text.Length - from);
        }
        if (keys.Count + found.Count == 0) found.Add(Foreign(text));
        problems = found;
        return keys;
    }

    private static TrustedKey Key(string label, string pem, DateTimeOffset? end)
    {
        if (label == Certificate)
        {
            using var certificate = X509Certificate2.CreateFromPem(pem);
            using var its = certificate.GetECDsaPublicKey()
                ?? throw new VerificationException("a certificate with an ECDSA key", "one with another kind of key");
            var period = new DateTimeOffset(certificate.NotAfter);
            return Of(SigningKeys.Check(its), end < period ? end : period);
        }
        if (label != PublicKey)
            throw new VerificationException($"BEGIN {PublicKey} or BEGIN {Certificate}", label.Contains("PRIVATE", StringComparison.Ordinal)
                ? "a private key; keep it where bundles are signed, and put its public key here" : $"BEGIN {label}");
        using var key = SigningKeys.PublicKey(pem);
        return Of(key, end);
    }

    private static TrustedKey Of(ECDsa key, DateTimeOffset? end) => new(SigningKeys.Hint(key), key.ExportSubjectPublicKeyInfoPem(), end);

    /// <summary>The day of the last such line.</summary>
    private static DateTimeOffset? End(ReadOnlySpan<char> before)
    {
        var at = before.LastIndexOf(NotAfterWord, StringComparison.OrdinalIgnoreCase);
        if (at < 0) return null;
        var line = before[(at + NotAfterWord.Length)..];
        var end = line.IndexOf('\n');
        var day = (end < 0 ? line : line[..end]).Trim();
        return DateTimeOffset.TryParse(day, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var until)
            ? until : throw new VerificationException($"a date after '{NotAfterWord}', such as 2027-01-31", $"'{day}'");
    }

    private static string Foreign(string text) => text.StartsWith("ecdsa-", StringComparison.Ordinal)
        || text.StartsWith("ssh-", StringComparison.Ordinal)
            ? "expected a public key in PEM; found an OpenSSH key ('ssh-keygen -e -m PKCS8 -f FILE' converts it)"
            : $"expected a public key or a certificate in PEM; found {(text.Length == 0 ? "an empty file" : "neither")}";
}
