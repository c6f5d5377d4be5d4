using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EdgeAgent.Mqtt.Broker;

/// <summary>
/// A password as a file keeps it: PBKDF2 with HMAC-SHA-256 (RFC 8018, section 5.2), a salt of its own, and the number of iterations, so
/// that a later version can ask for more. Written as <c>pbkdf2-sha256$ITERATIONS$SALT$KEY</c>, both in base64.
/// </summary>
internal sealed class PasswordHash
{
    /// <summary>What OWASP's password storage advice asks of PBKDF2 with HMAC-SHA-256.</summary>
    public const int DefaultIterations = 600_000;

    /// <summary>A file cannot ask for so few that a guess is cheap, or so many that a login takes minutes.</summary>
    public const int MinIterations = 10_000, MaxIterations = 5_000_000;

    private const string Scheme = "pbkdf2-sha256";
    private const int SaltBytes = 16, KeyBytes = 32;
    private readonly int _iterations;
    private readonly byte[] _salt, _key;

    private PasswordHash(int iterations, byte[] salt, byte[] key) => (_iterations, _salt, _key) = (iterations, salt, key);

    public static PasswordHash Of(ReadOnlySpan<byte> password, int iterations = DefaultIterations)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return new PasswordHash(iterations, salt, Derive(password, salt, iterations));
    }

    /// <summary>Whether it is this password. Takes the same time for every wrong one.</summary>
    public bool Matches(ReadOnlySpan<byte> password) =>
        CryptographicOperations.FixedTimeEquals(_key, Derive(password, _salt, _iterations));

    /// <summary>A hash that no password has: a login of an unknown user takes as long as one with a wrong password.</summary>
    public static PasswordHash Decoy { get; } =
        new(DefaultIterations, RandomNumberGenerator.GetBytes(SaltBytes), RandomNumberGenerator.GetBytes(KeyBytes));

    public static bool TryParse(string text, out PasswordHash? hash)
    {
        hash = null;
        if (text.Split('$') is not [Scheme, var count, var salt, var key]
            || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var iterations)
            || iterations is < MinIterations or > MaxIterations
            || !TryBytes(salt, SaltBytes, out var saltBytes) || !TryBytes(key, KeyBytes, out var keyBytes)) return false;
        hash = new PasswordHash(iterations, saltBytes, keyBytes);
        return true;
    }

    private static bool TryBytes(string text, int length, out byte[] bytes)
    {
        bytes = new byte[length];
        return text.Length <= length * 2 && Convert.TryFromBase64String(text, bytes, out var written) && written == length;
    }

    private static byte[] Derive(ReadOnlySpan<byte> password, byte[] salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, KeyBytes);

    public override string ToString() => new StringBuilder(Scheme).Append('$').Append(_iterations.ToString(CultureInfo.InvariantCulture))
        .Append('$').Append(Convert.ToBase64String(_salt)).Append('$').Append(Convert.ToBase64String(_key)).ToString();
}
