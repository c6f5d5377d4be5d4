using System.Text;
using System.Text.Json;

namespace EdgeAgent.Bundles.Signing;

/// <summary>
/// A Sigstore bundle with a DSSE envelope, as OpenSSF Model Signing 1.0 uses it (section 4). Parsed, not verified.
/// </summary>
/// <param name="Certificates">DER certificates, the leaf first, for the method certificate; null for the method key.</param>
internal sealed record SignatureBundle(byte[] Payload, string PayloadType, byte[] Signature, IReadOnlyList<byte[]>? Certificates)
{
    public const string MediaType = "application/vnd.dev.sigstore.bundle.v0.3+json", StatementType = "application/vnd.in-toto+json";
    public const long MaxBytes = 256L << 20;
    private const int MaxCertificates = 16;
    private static readonly string[] TopLevel = ["mediaType", "verificationMaterial", "dsseEnvelope"];

    /// <summary>DSSE pre-authentication encoding: what the signature is over.</summary>
    public static byte[] PreAuthenticationEncoding(string payloadType, ReadOnlySpan<byte> payload) =>
        [.. Encoding.UTF8.GetBytes($"DSSEv1 {Encoding.UTF8.GetByteCount(payloadType)} {payloadType} {payload.Length} "), .. payload];

    /// <exception cref="VerificationException">Missing, too large or malformed.</exception>
    public static SignatureBundle Load(string path)
    {
        if (!File.Exists(path)) throw new VerificationException($"a signature file '{path}'", "no such file");
        if (new FileInfo(path).Length > MaxBytes)
            throw new VerificationException($"a signature of at most {MaxBytes} bytes", $"{new FileInfo(path).Length} bytes");
        return Parse(File.ReadAllBytes(path));
    }

    public static SignatureBundle Parse(ReadOnlyMemory<byte> json) => StrictJson.Read(json, "the signature bundle", Read);

    private static SignatureBundle Read(JsonElement root)
    {
        if (StrictJson.Text(root, "mediaType", "the bundle") is var media && media != MediaType)
            throw new VerificationException($"media type '{MediaType}'", $"'{media}'");
        foreach (var property in root.EnumerateObject())
            if (!TopLevel.Contains(property.Name))
                throw new VerificationException($"only {string.Join(", ", TopLevel)} in the bundle", $"'{property.Name}'");
        var envelope = StrictJson.Property(root, "dsseEnvelope", JsonValueKind.Object, "the bundle");
        var type = StrictJson.Text(envelope, "payloadType", "the envelope");
        if (type != StatementType) throw new VerificationException($"payload type '{StatementType}'", $"'{type}'");
        var signatures = StrictJson.Property(envelope, "signatures", JsonValueKind.Array, "the envelope");
        if (signatures.GetArrayLength() != 1) throw new VerificationException("one signature", $"{signatures.GetArrayLength()}");
        return new SignatureBundle(
            StrictJson.Base64(StrictJson.Text(envelope, "payload", "the envelope"), "the payload"), type,
            StrictJson.Base64(StrictJson.Text(signatures[0], "sig", "the signature"), "the signature"),
            ReadMaterial(StrictJson.Property(root, "verificationMaterial", JsonValueKind.Object, "the bundle")));
    }

    private static List<byte[]>? ReadMaterial(JsonElement material)
    {
        if (material.TryGetProperty("tlogEntries", out var log) && (log.ValueKind != JsonValueKind.Array || log.GetArrayLength() > 0))
            throw new VerificationException("no transparency log entries with a key or certificates", "some");
        var key = material.TryGetProperty("publicKey", out var publicKey);
        var chain = material.TryGetProperty("x509CertificateChain", out var certificates);
        if (key == chain)
            throw new VerificationException("verification material of one method: publicKey or x509CertificateChain",
                key ? "both" : "neither");
        if (key)
            return publicKey.ValueKind == JsonValueKind.Object
                ? null : throw new VerificationException("publicKey as an object", publicKey.ValueKind.ToString());
        var list = StrictJson.Property(certificates, "certificates", JsonValueKind.Array, "the certificate chain");
        if (list.GetArrayLength() is < 1 or > MaxCertificates)
            throw new VerificationException($"1..{MaxCertificates} certificates", $"{list.GetArrayLength()}");
        return [.. list.EnumerateArray().Select(c => StrictJson.Base64(StrictJson.Text(c, "rawBytes", "a certificate"), "a certificate"))];
    }
}
