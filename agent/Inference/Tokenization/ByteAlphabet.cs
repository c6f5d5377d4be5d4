namespace EdgeAgent.Inference.Tokenization;

/// <summary>
/// The byte-level BPE alphabet (GPT-2): every byte has one printable character that stands for it in vocabularies and merges.
/// </summary>
public static class ByteAlphabet
{
    private static readonly char[] ToChar = new char[256];
    private static readonly Dictionary<char, byte> ToByte = new(256);

    static ByteAlphabet()
    {
        var next = 256;
        for (var b = 0; b < 256; b++)
        {
            var printable = b is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE and <= 0xFF;
            ToChar[b] = printable ? (char)b : (char)next++;
            ToByte[ToChar[b]] = (byte)b;
        }
    }

    /// <summary>The character that stands for a byte.</summary>
    public static char Char(byte value) => ToChar[value];

    internal static string Encode(ReadOnlySpan<byte> bytes)
    {
        var chars = new char[bytes.Length];
        for (var i = 0; i < bytes.Length; i++) chars[i] = ToChar[bytes[i]];
        return new string(chars);
    }

    /// <summary>The bytes a vocabulary entry stands for, or false where it holds a character outside the alphabet.</summary>
    internal static bool TryDecode(string token, out byte[] bytes)
    {
        bytes = new byte[token.Length];
        for (var i = 0; i < token.Length; i++)
            if (!ToByte.TryGetValue(token[i], out bytes[i])) return false;
        return true;
    }
}
