using System.Globalization;
using System.Net;
using System.Numerics;
using System.Security.Cryptography;

namespace EdgeAgent.Privacy.Patterns;

/// <summary>Checks of values beyond their pattern: checksums, dates, ranges. All pure, on normalized text.</summary>
internal static class Checks
{
    /// <summary>Checks a deployer can name in configuration.</summary>
    public static readonly IReadOnlyDictionary<string, Func<string, bool>> ByName =
        new Dictionary<string, Func<string, bool>>(StringComparer.Ordinal)
        {
            ["luhn"] = v => Luhn(Digits(v)),
            ["cn-id"] = CnId,
            ["cn-credit-code"] = CnCreditCode,
            ["iban"] = Iban,
            ["vin"] = Vin,
            ["mod97"] = v => Mod97(v.ToUpperInvariant()) == 1,
            ["base58check"] = Base58Check,
            ["bech32"] = Bech32,
        };

    /// <summary>ISO/IEC 7812: from the right every second digit doubled, digit sums added, a multiple of 10.</summary>
    public static bool Luhn(string digits)
    {
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var d = digits[^(i + 1)] - '0';
            if (d is < 0 or > 9) return false;
            if (i % 2 == 1) d = d * 2 > 9 ? d * 2 - 9 : d * 2;
            sum += d;
        }
        return digits.Length > 1 && sum % 10 == 0;
    }

    private static readonly HashSet<string> Provinces = ["11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36",
        "37", "41", "42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83", "91"];

    /// <summary>GB 11643: province, date of birth, and the check character of ISO 7064 MOD 11-2; or the 15 digits of before 1999.</summary>
    public static bool CnId(string value)
    {
        if (value.Length == 15) return Provinces.Contains(value[..2]) && value.All(char.IsAsciiDigit) && IsDate($"19{value.AsSpan(6, 6)}");
        if (value.Length != 18 || !Provinces.Contains(value[..2]) || !value[..17].All(char.IsAsciiDigit) || !IsDate(value.Substring(6, 8)))
            return false;
        var sum = 0;
        for (var i = 0; i < 17; i++) sum += (value[i] - '0') * (int)(BigInteger.ModPow(2, 17 - i, 11));
        return "10X98765432"[sum % 11] == char.ToUpperInvariant(value[17]);
    }

    private const string CreditCodeAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";

    /// <summary>GB 32100: 17 characters weighted by powers of 3 modulo 31.</summary>
    public static bool CnCreditCode(string value)
    {
        if (value.Length != 18 || !"123456789ANY".Contains(value[0], StringComparison.Ordinal) || !value.AsSpan(2, 6).ContainsOnlyDigits()
            || !Provinces.Contains(value.Substring(2, 2)) && value.Substring(2, 2) != "10") return false;
        int sum = 0, weight = 1;
        for (var i = 0; i < 17; i++, weight = weight * 3 % 31)
        {
            var index = CreditCodeAlphabet.IndexOf(value[i], StringComparison.Ordinal);
            if (index < 0) return false;
            sum += index * weight;
        }
        return CreditCodeAlphabet[(31 - sum % 31) % 31] == value[17];
    }

    private static bool ContainsOnlyDigits(this ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('0', '9');

    private static bool IsDate(string digits) =>
        DateOnly.TryParseExact(digits, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
        && date.Year is >= 1850 and <= 2100;

    /// <summary>Lengths by country (ISO 13616 registry).</summary>
    private static readonly Dictionary<string, int> IbanLengths =
        ("AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 "
            + "EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 "
            + "JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 "
            + "NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 "
            + "TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30")
        .Split(' ').ToDictionary(e => e[..2], e => int.Parse(e.AsSpan(2), CultureInfo.InvariantCulture));

    public static bool Iban(string value)
    {
        var compact = Grouping.Compact(value);
        return compact.Length >= 15 && IbanLengths.TryGetValue(compact[..2], out var length) && compact.Length == length
            && Mod97(compact[4..] + compact[..4]) == 1;
    }

    /// <summary>ISO 7064 MOD 97-10 with letters as 10..35; -1 where something else is in it.</summary>
    public static int Mod97(string value)
    {
        var rest = 0;
        foreach (var c in value)
        {
            if (char.IsAsciiDigit(c)) rest = (rest * 10 + c - '0') % 97;
            else if (char.IsAsciiLetterUpper(c)) rest = (rest * 100 + c - 'A' + 10) % 97;
            else return -1;
        }
        return rest;
    }

    /// <summary>ISO 3779 with the check digit at position 9 (GB 16735, 49 CFR 565).</summary>
    public static bool Vin(string value)
    {
        if (value.Length != 17 || value.All(char.IsAsciiDigit) || value.All(char.IsAsciiLetter)) return false;
        int[] weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
        const string letters = "ABCDEFGHJKLMNPRSTUVWXYZ", numbers = "12345678123457923456789";
        var sum = 0;
        for (var i = 0; i < 17; i++)
        {
            var c = char.ToUpperInvariant(value[i]);
            var index = letters.IndexOf(c, StringComparison.Ordinal);
            if (!char.IsAsciiDigit(c) && index < 0) return false;
            sum += weights[i] * (char.IsAsciiDigit(c) ? c - '0' : numbers[index] - '0');
        }
        return "0123456789X"[sum % 11] == char.ToUpperInvariant(value[8]);
    }

    /// <summary>Length and first digits of the networks (ISO/IEC 7812 ranges as the networks publish them), and Luhn.</summary>
    public static bool PaymentCard(string value)
    {
        var d = Digits(value);
        if (d.Length is < 13 or > 19 || !Luhn(d) || d.Distinct().Count() < 2) return false;
        int two = int.Parse(d.AsSpan(0, 2), CultureInfo.InvariantCulture), four = int.Parse(d.AsSpan(0, 4), CultureInfo.InvariantCulture);
        return d.Length switch
        {
            13 => d[0] == '4',
            14 => two is 36 or 38 or 39 || four is >= 3000 and <= 3059,
            15 => two is 34 or 37,
            16 =>
                d[0] == '4' || two is >= 51 and <= 55 || four is >= 2221 and <= 2720 || four is 6011 or >= 6440 and <= 6599
                || four is >= 3528 and <= 3589 || two is 62 or 36 or 81,
            _ =>
                two is 62 or 50 or >= 56 and <= 58 or 60 or 63 or 67 || d.Length == 19 && d[0] == '4'
                || four is 6011 or >= 3528 and <= 3589 or 9558,
        };
    }

    /// <summary>Cards of Chinese banks: UnionPay's prefix, 16 to 19 digits.</summary>
    public static bool UnionPay(string value) =>
        Digits(value) is { Length: >= 16 and <= 19 } d
        && (d.StartsWith("62", StringComparison.Ordinal) || d.StartsWith("9558", StringComparison.Ordinal)) && Luhn(d);

    /// <summary>Area 001..899 without 666, group and serial above 0 (SSA).</summary>
    public static bool UsSsn(string value)
    {
        var d = Digits(value);
        return d.Length == 9 && d[..3] is not ("000" or "666") && d[0] != '9' && d[3..5] != "00" && d[5..] != "0000";
    }

    public static bool Ip(string value)
    {
        if (value.Contains(':', StringComparison.Ordinal))
            return value.Count(c => c == ':') >= 2 && value.Any(char.IsAsciiHexDigit) && IPAddress.TryParse(value, out var six)
                && six.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        var parts = value.Split('.');
        return parts.Length == 4
            && parts.All(p =>
                p.Length is > 0 and <= 3 && (p.Length == 1 || p[0] != '0') && byte.TryParse(p, CultureInfo.InvariantCulture, out _));
    }

    public static bool Coordinates(string value)
    {
        var parts = value.Split([',', '，', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return parts.Length == 2 && double.TryParse(parts[0], CultureInfo.InvariantCulture, out var a)
            && double.TryParse(parts[1], CultureInfo.InvariantCulture, out var b)
            && (Math.Abs(a) <= 90 && Math.Abs(b) <= 180 || Math.Abs(a) <= 180 && Math.Abs(b) <= 90);
    }

    private const string Base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

    /// <summary>Base58Check: 25 bytes whose last four are the first of the double SHA-256 of the rest.</summary>
    public static bool Base58Check(string value)
    {
        BigInteger number = 0;
        foreach (var c in value)
        {
            var index = Base58.IndexOf(c, StringComparison.Ordinal);
            if (index < 0) return false;
            number = number * 58 + index;
        }
        var bytes = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        if (bytes.Length > 25) return false;
        Span<byte> padded = stackalloc byte[25], hash = stackalloc byte[32];
        padded.Clear();
        bytes.CopyTo(padded[(25 - bytes.Length)..]);
        SHA256.HashData(padded[..21], hash);
        SHA256.HashData(hash, hash);
        return hash[..4].SequenceEqual(padded[21..]);
    }

    /// <summary>BIP 173 and 350 checksums.</summary>
    public static bool Bech32(string value)
    {
        const string alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
        if (value.Any(char.IsAsciiLetterLower) && value.Any(char.IsAsciiLetterUpper)) return false;
        value = value.ToLowerInvariant();
        var one = value.LastIndexOf('1');
        if (one < 1 || value.Length - one < 7 || value.Length > 90) return false;
        uint sum = 1;
        void Feed(uint v)
        {
            uint[] generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
            var top = sum >> 25;
            sum = (sum & 0x1ffffff) << 5 ^ v;
            for (var i = 0; i < 5; i++) if ((top >> i & 1) != 0) sum ^= generator[i];
        }
        foreach (var c in value[..one]) Feed((uint)c >> 5);
        Feed(0);
        foreach (var c in value[..one]) Feed((uint)c & 31);
        foreach (var c in value[(one + 1)..])
        {
            var index = alphabet.IndexOf(c, StringComparison.Ordinal);
            if (index < 0) return false;
            Feed((uint)index);
        }
        return sum is 1 or 0x2bc830a3;
    }

    /// <summary>Bits per character of a secret's letters (Shannon), for keys without a known form.</summary>
    public static double Entropy(string value) =>
        value.GroupBy(c => c).Sum(g => -(double)g.Count() / value.Length * Math.Log2((double)g.Count() / value.Length));

    public static string Digits(string value) => string.Concat(value.Where(char.IsAsciiDigit));
}
