using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace EdgeAgent.Privacy;

/// <summary>
/// Format-preserving encryption, FF1 of NIST SP 800-38G with AES: digits become other digits and letters other letters; marks
/// and capitals stay where they are. Reversible with the key. Safe for concurrent use.
/// </summary>
internal sealed class FormatPreserving : IDisposable
{
    /// <summary>Fewer digits or letters are not encrypted: the standard requires at least a million possible texts.</summary>
    public const int MinDigits = 6, MinLetters = 5;

    private const int Rounds = 10, Block = 16;
    private readonly Aes _aes = Aes.Create();

    /// <param name="key">16, 24 or 32 bytes.</param>
    public FormatPreserving(byte[] key) => _aes.Key = key;

    /// <summary>Encrypts a value; null where it has too few digits or letters, or letters that are not ASCII.</summary>
    /// <param name="tweak">The kind of value; the same is needed to decrypt it.</param>
    public string? Encrypt(string value, string tweak) => Change(value, tweak, encrypt: true);

    /// <summary>Reverses <see cref="Encrypt"/>.</summary>
    public string? Decrypt(string value, string tweak) => Change(value, tweak, encrypt: false);

    private string? Change(string value, string tweak, bool encrypt)
    {
        ArgumentNullException.ThrowIfNull(value);
        var digits = value.Where(char.IsAsciiDigit).Select(c => c - '0').ToArray();
        var letters = value.Where(char.IsAsciiLetter).Select(c => char.ToLowerInvariant(c) - 'a').ToArray();
        if (digits.Length is > 0 and < MinDigits || letters.Length is > 0 and < MinLetters || digits.Length + letters.Length == 0)
            return null;
        if (value.Any(c => char.IsLetterOrDigit(c) && !char.IsAsciiLetterOrDigit(c))) return null;
        var bytes = Encoding.UTF8.GetBytes(tweak);
        if (digits.Length > 0) digits = Apply(digits, 10, bytes, encrypt);
        if (letters.Length > 0) letters = Apply(letters, 26, bytes, encrypt);
        int d = 0, l = 0;
        return string.Create(value.Length, value, (span, original) =>
        {
            for (var i = 0; i < span.Length; i++)
                span[i] = char.IsAsciiDigit(original[i]) ? (char)('0' + digits[d++])
                    : char.IsAsciiLetter(original[i])
                    ? (char)((char.IsAsciiLetterUpper(original[i]) ? 'A' : 'a') + letters[l++]) : original[i];
        });
    }

    /// <summary>FF1 over numerals 0..radix-1 (SP 800-38G, algorithms 7 and 8).</summary>
    public int[] Apply(IReadOnlyList<int> numerals, int radix, byte[] tweak, bool encrypt)
    {
        ArgumentNullException.ThrowIfNull(numerals);
        ArgumentNullException.ThrowIfNull(tweak);
        int n = numerals.Count, u = n / 2, v = n - u;
        var b = (int)Math.Ceiling(Math.Ceiling(v * Math.Log2(radix)) / 8);
        var d = 4 * ((b + 3) / 4) + 4;
        var p = new byte[Block];
        (p[0], p[1], p[2], p[6], p[7]) = (1, 2, 1, Rounds, (byte)u);
        (p[3], p[4], p[5]) = ((byte)(radix >> 16), (byte)(radix >> 8), (byte)radix);
        BinaryPrimitives.WriteInt32BigEndian(p.AsSpan(8), n);
        BinaryPrimitives.WriteInt32BigEndian(p.AsSpan(12), tweak.Length);
        var q = new byte[tweak.Length + (Block - (tweak.Length + b + 1) % Block) % Block + 1 + b];
        tweak.CopyTo(q, 0);
        BigInteger first = Number(numerals.Take(u), radix), second = Number(numerals.Skip(u), radix);
        BigInteger[] moduli = [BigInteger.Pow(radix, u), BigInteger.Pow(radix, v)];
        for (var step = 0; step < Rounds; step++)
        {
            var round = encrypt ? step : Rounds - 1 - step;
            q[^(b + 1)] = (byte)round;
            var source = encrypt ? second : first;
            q.AsSpan(q.Length - b).Clear();
            source.TryWriteBytes(q.AsSpan(q.Length - source.GetByteCount(isUnsigned: true)), out _, isUnsigned: true, isBigEndian: true);
            var y = new BigInteger(Stretch([.. p, .. q], d), isUnsigned: true, isBigEndian: true);
            var modulus = moduli[round % 2];
            if (encrypt) (first, second) = (second, (first + y) % modulus);
            else (first, second) = (((second - y) % modulus + modulus) % modulus, first);
        }
        return [.. Numerals(first, radix, u), .. Numerals(second, radix, v)];
    }

    /// <summary>CBC-MAC of the message, stretched to <paramref name="length"/> bytes.</summary>
    private byte[] Stretch(byte[] message, int length)
    {
        var mac = _aes.EncryptCbc(message, new byte[Block], PaddingMode.None)[^Block..];
        var stretched = new byte[(length + Block - 1) / Block * Block];
        mac.CopyTo(stretched, 0);
        for (var j = 1; j * Block < stretched.Length; j++)
        {
            var counted = (byte[])mac.Clone();
            BinaryPrimitives.WriteInt32BigEndian(counted.AsSpan(12), BinaryPrimitives.ReadInt32BigEndian(counted.AsSpan(12)) ^ j);
            _aes.EncryptEcb(counted, PaddingMode.None).CopyTo(stretched, j * Block);
        }
        return stretched[..length];
    }

    private static BigInteger Number(IEnumerable<int> numerals, int radix) =>
        numerals.Aggregate(BigInteger.Zero, (sum, d) => sum * radix + d);

    private static int[] Numerals(BigInteger number, int radix, int length)
    {
        var numerals = new int[length];
        for (var i = length - 1; i >= 0; i--) (number, numerals[i]) = (number / radix, (int)(number % radix));
        return numerals;
    }

    public void Dispose() => _aes.Dispose();
}
