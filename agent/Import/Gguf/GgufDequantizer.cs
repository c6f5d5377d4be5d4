using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace EdgeAgent.Import.Gguf;

/// <summary>
/// Turns blocks of a GGUF tensor into float32. The layouts are the format's: legacy blocks of 32 with a half-precision scale (and
/// minimum), K blocks of 256 with packed 4- or 6-bit sub-scales. Operations follow the order of the format's definition, so that
/// results equal the reference bit for bit.
/// </summary>
internal static class GgufDequantizer
{
    /// <param name="bytes">Whole blocks.</param>
    /// <param name="y">As many elements as the blocks hold.</param>
    public static void Dequantize(GgufType type, ReadOnlySpan<byte> bytes, Span<float> y)
    {
        var (elements, size) = GgufTypes.Block(type);
        if (bytes.Length % size != 0 || bytes.Length / size * elements != y.Length)
            throw new ArgumentException($"{bytes.Length} bytes of {type} do not make {y.Length} elements", nameof(y));
        switch (type)
        {
            case GgufType.F32:
                MemoryMarshal.Cast<byte, float>(bytes).CopyTo(y);
                return;
            case GgufType.F16:
                System.Numerics.Tensors.TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(bytes), y);
                return;
            case GgufType.BF16:
                for (var i = 0; i < y.Length; i++)
                    y[i] = BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]) << 16);
                return;
        }
        for (var block = 0; block < bytes.Length / size; block++)
        {
            var b = bytes.Slice(block * size, size);
            var target = y.Slice(block * elements, elements);
            switch (type)
            {
                case GgufType.Q4_0: Legacy(b, target, bits: 4, minimum: false); break;
                case GgufType.Q4_1: Legacy(b, target, bits: 4, minimum: true); break;
                case GgufType.Q5_0: Legacy(b, target, bits: 5, minimum: false); break;
                case GgufType.Q5_1: Legacy(b, target, bits: 5, minimum: true); break;
                case GgufType.Q8_0: Q8(b, target); break;
                case GgufType.Q2_K: Q2K(b, target); break;
                case GgufType.Q3_K: Q3K(b, target); break;
                case GgufType.Q4_K: Q45K(b, target, five: false); break;
                case GgufType.Q5_K: Q45K(b, target, five: true); break;
                case GgufType.Q6_K: Q6K(b, target); break;
            }
        }
    }

    private static float F16(ReadOnlySpan<byte> b) => (float)BinaryPrimitives.ReadHalfLittleEndian(b);

    /// <summary>
    /// scale f16, [minimum f16], [fifth bits u32], 16 bytes: element j in the low nibble of byte j, element j + 16 in the high one.
    /// </summary>
    private static void Legacy(ReadOnlySpan<byte> b, Span<float> y, int bits, bool minimum)
    {
        var d = F16(b);
        var m = minimum ? F16(b[2..]) : 0;
        var at = minimum ? 4 : 2;
        var high = bits == 5 ? BinaryPrimitives.ReadUInt32LittleEndian(b[at..]) : 0;
        var q = b[(bits == 5 ? at + 4 : at)..];
        var offset = minimum ? 0 : 1 << (bits - 1);
        for (var j = 0; j < 16; j++)
        {
            var low = (q[j] & 15 | (int)(high >> j & 1) << 4) - offset;
            var upper = (q[j] >> 4 | (int)(high >> (j + 16) & 1) << 4) - offset;
            y[j] = minimum ? low * d + m : low * d;
            y[j + 16] = minimum ? upper * d + m : upper * d;
        }
    }

    private static void Q8(ReadOnlySpan<byte> b, Span<float> y)
    {
        var d = F16(b);
        for (var j = 0; j < 32; j++) y[j] = (sbyte)b[2 + j] * d;
    }

    /// <summary>16 bytes of 4-bit scale and minimum for each 16 elements, 64 bytes of 2-bit values, d f16, dmin f16.</summary>
    private static void Q2K(ReadOnlySpan<byte> b, Span<float> y)
    {
        float d = F16(b[80..]), min = F16(b[82..]);
        for (int half = 0, s = 0, at = 0; half < 2; half++)
        {
            var q = b.Slice(16 + 32 * half, 32);
            for (var shift = 0; shift < 8; shift += 2)
                for (var part = 0; part < 2; part++, s++)
                {
                    float dl = d * (b[s] & 15), ml = min * (b[s] >> 4);
                    for (var l = 0; l < 16; l++) y[at++] = dl * (q[l + 16 * part] >> shift & 3) - ml;
                }
        }
    }

    /// <summary>32 bytes of third bits, 64 bytes of 2-bit values, 12 bytes of 6-bit scales for each 16 elements, d f16.</summary>
    private static void Q3K(ReadOnlySpan<byte> b, Span<float> y)
    {
        var d = F16(b[108..]);
        var packed = b.Slice(96, 12);
        Span<int> scales = stackalloc int[16];
        for (var i = 0; i < 16; i++)
        {
            var low = i < 8 ? packed[i] & 15 : packed[i - 8] >> 4;
            scales[i] = (low | (packed[8 + i % 4] >> (2 * (i / 4)) & 3) << 4) - 32;
        }
        for (int half = 0, s = 0, at = 0; half < 2; half++)
        {
            var q = b.Slice(32 + 32 * half, 32);
            for (var j = 0; j < 4; j++)
            {
                var bit = 1 << (4 * half + j);
                for (var part = 0; part < 2; part++, s++)
                {
                    var dl = d * scales[s];
                    for (var l = 16 * part; l < 16 * part + 16; l++) y[at++] = dl * ((q[l] >> (2 * j) & 3) - ((b[l] & bit) != 0 ? 0 : 4));
                }
            }
        }
    }

    /// <summary>d f16, dmin f16, 12 bytes of eight 6-bit scale and minimum pairs, [32 bytes of fifth bits], 128 bytes of nibbles.</summary>
    private static void Q45K(ReadOnlySpan<byte> b, Span<float> y, bool five)
    {
        float d = F16(b), min = F16(b[2..]);
        var packed = b.Slice(4, 12);
        var high = five ? b.Slice(16, 32) : default;
        var q = b[(five ? 48 : 16)..];
        for (int pair = 0, at = 0; pair < 4; pair++, q = q[32..])
            for (var upper = 0; upper < 2; upper++)
            {
                var (scale, minimum) = ScaleAndMinimum(packed, 2 * pair + upper);
                float dl = d * scale, ml = min * minimum;
                for (var l = 0; l < 32; l++)
                {
                    var value = upper == 0 ? q[l] & 15 : q[l] >> 4;
                    if (five && (high[l] & 1 << (2 * pair + upper)) != 0) value += 16;
                    y[at++] = dl * value - ml;
                }
            }
    }

    internal static (int Scale, int Minimum) ScaleAndMinimum(ReadOnlySpan<byte> packed, int j) => j < 4
        ? (packed[j] & 63, packed[j + 4] & 63)
        : (packed[j + 4] & 15 | packed[j - 4] >> 6 << 4, packed[j + 4] >> 4 | packed[j] >> 6 << 4);

    /// <summary>128 bytes of low nibbles, 64 bytes of upper bit pairs, 16 signed scales for each 16 elements, d f16.</summary>
    private static void Q6K(ReadOnlySpan<byte> b, Span<float> y)
    {
        var d = F16(b[208..]);
        for (var half = 0; half < 2; half++)
        {
            ReadOnlySpan<byte> low = b.Slice(64 * half, 64), high = b.Slice(128 + 32 * half, 32), scales = b.Slice(192 + 8 * half, 8);
            for (var quarter = 0; quarter < 4; quarter++)
                for (var l = 0; l < 32; l++)
                {
                    var nibble = low[l + 32 * (quarter & 1)] >> (quarter < 2 ? 0 : 4) & 15;
                    var value = (nibble | (high[l] >> (2 * quarter) & 3) << 4) - 32;
                    y[128 * half + 32 * quarter + l] = d * (sbyte)scales[l / 16 + 2 * quarter] * value;
                }
        }
    }
}
