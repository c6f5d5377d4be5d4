using System.Security.Cryptography;
using System.Text;

namespace EdgeAgent.Privacy;

/// <summary>
/// The deployer's secret for the actions <c>hash</c> and <c>encrypt</c>. Each has its own key, derived by HKDF (RFC 5869).
/// </summary>
internal sealed class PrivacyKey : IDisposable
{
    public const int MinBytes = 16, MaxBytes = 4096;
    private const int PseudonymBytes = 6;
    private readonly byte[] _hash;

    public PrivacyKey(byte[] secret)
    {
        _hash = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 32, info: "edge-agent privacy hash"u8.ToArray());
        FormatPreserving =
            new FormatPreserving(HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 32, info: "edge-agent privacy ff1"u8.ToArray()));
    }

    public FormatPreserving FormatPreserving { get; }

    /// <summary>Reads a file of 16..4096 bytes, taken as they are; <see cref="PrivacyOptions.Problems"/> checks its size.</summary>
    public static PrivacyKey Load(string file) => new(File.ReadAllBytes(file));

    /// <summary>
    /// A short name that is the same for the same value on every device with the key, and tells nothing without the key.
    /// </summary>
    public string Pseudonym(string type, string value)
    {
        var mac = HMACSHA256.HashData(_hash, Encoding.UTF8.GetBytes($"{type}\n{value}"));
        return $"{type}#{Convert.ToHexStringLower(mac.AsSpan(0, PseudonymBytes))}";
    }

    public void Dispose() => FormatPreserving.Dispose();
}
