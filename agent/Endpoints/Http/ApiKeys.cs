using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EdgeAgent.Platform;

namespace EdgeAgent.Endpoints.Http;

/// <summary>
/// API keys, known by their SHA-256 alone. Keys are random, so that a slow hash would add nothing (NIST SP 800-63B, section 5.1.2.2, asks
/// for one below 112 bits).
/// </summary>
internal sealed class ApiKeys
{
    private const int MaxKeys = 1024, MaxName = 64, MaxKeyLength = 512;
    private const string Scheme = "Bearer ";
    private readonly IReadOnlyList<(string Name, byte[] Hash)> _keys;

    private ApiKeys(IReadOnlyList<(string Name, byte[] Hash)> keys) => _keys = keys;

    /// <param name="path">Lines "NAME SHA256"; empty ones and those that begin with # are skipped.</param>
    /// <exception cref="InvalidDataException">A line is something else, a name comes twice, or there is no key.</exception>
    public static ApiKeys Load(string path)
    {
        var keys = new List<(string, byte[])>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in TextFile.ReadLines(path))
        {
            number++;
            var text = line.Trim();
            if (text.Length == 0 || text[0] == '#') continue;
            var parts = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (parts is not [{ Length: <= MaxName } name, { Length: 2 * SHA256.HashSizeInBytes } hash] || !hash.All(char.IsAsciiHexDigit))
                throw Wrong(path, number, $"a name of at most {MaxName} characters and a SHA-256 of 64 hexadecimal digits");
            if (!names.Add(name)) throw Wrong(path, number, $"a name of its own, found '{name}' a second time");
            if (keys.Count == MaxKeys) throw Wrong(path, number, $"at most {MaxKeys} keys");
            keys.Add((name, Convert.FromHexString(hash)));
        }
        return keys.Count > 0 ? new ApiKeys(keys) : throw new InvalidDataException($"'{path}' must hold at least one API key, found none");
    }

    /// <summary>The name of the key in an Authorization header; null where there is no known one.</summary>
    public string? Find(string? authorization)
    {
        if (authorization is null || authorization.Length > Scheme.Length + MaxKeyLength
            || !authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;
        var given = SHA256.HashData(Encoding.UTF8.GetBytes(authorization[Scheme.Length..].Trim()));
        string? found = null;
        foreach (var (name, hash) in _keys) // all of them: the time says nothing of which
            if (CryptographicOperations.FixedTimeEquals(given, hash)) found = name;
        return found;
    }

    private static InvalidDataException Wrong(string path, int line, string expected) =>
        new(string.Create(CultureInfo.InvariantCulture, $"'{path}', line {line}: expected {expected}"));
}
