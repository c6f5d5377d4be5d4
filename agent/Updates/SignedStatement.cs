using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EdgeAgent.Bundles.Signing;

namespace EdgeAgent.Updates;

/// <summary>
/// A statement that a trusted key signed (DSSE): {"payloadType","payload":base64,"signatures":[{"sig":base64}]}. Carries
/// permissions to install an older release, and changes of the trusted keys.
/// </summary>
internal static class SignedStatement
{
    public const string PermissionType = "application/vnd.edge-agent.permission+json", KeysType = "application/vnd.edge-agent.keys+json";

    /// <summary>The payload of a statement that one of the keys signed.</summary>
    /// <exception cref="VerificationException">The statement has another type, cannot be read, or none of the keys signed it.</exception>
    public static JsonElement Open(JsonElement envelope, string type, IReadOnlyList<string> trustedPems)
    {
        try
        {
            if (envelope.GetProperty("payloadType").GetString() != type)
                throw new VerificationException($"a statement of type {type}", "another");
            var payload = envelope.GetProperty("payload").GetBytesFromBase64();
            var signed = SignatureBundle.PreAuthenticationEncoding(type, payload);
            var signatures = envelope.GetProperty("signatures").EnumerateArray().Select(s => s.GetProperty("sig").GetBytesFromBase64())
                .ToList();
            foreach (var pem in trustedPems)
            {
                using var key = SigningKeys.PublicKey(pem);
                if (!signatures.Any(s => key.VerifyData(signed, s, SigningKeys.HashFor(key), DSASignatureFormat.Rfc3279DerSequence)))
                    continue;
                using var document = JsonDocument.Parse(payload);
                return document.RootElement.Clone();
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new VerificationException("a signed statement", e.Message);
        }
        throw new VerificationException("a statement signed by a trusted key", "none");
    }

    /// <summary>A statement of that type and payload, signed.</summary>
    public static string Sign(string type, string json, ECDsa key)
    {
        var payload = Encoding.UTF8.GetBytes(json);
        var signature = key.SignData(SignatureBundle.PreAuthenticationEncoding(type, payload), SigningKeys.HashFor(key),
            DSASignatureFormat.Rfc3279DerSequence);
        var (body, sig) = (Convert.ToBase64String(payload), Convert.ToBase64String(signature));
        return $$"""{"payloadType":"{{type}}","payload":"{{body}}","signatures":[{"sig":"{{sig}}"}]}""";
    }
}
