using System.Buffers.Binary;
using EdgeAgent.Import.Quantizers;

namespace EdgeAgent.Import.Gguf;

/// <summary>
/// Converts GGUF's blocks to those of a bundle: 32 values, value = level x scale + offset with a positive scale. Q4_0, Q4_1 and
/// Q4_K have levels -8..7, Q5_0, Q5_1, Q5_K and Q8_0 levels -128..127. The other types have blocks of 16 and do not fit.
/// </summary>
internal static class GgufGrid
{
    public const int Block = 32;
    private const float MinScale = RoundToNearest.MinScale;

    /// <summary>Bits of the levels: 4 or 8; 0 for types that do not fit.</summary>
    public static int Bits(GgufType type) => type switch
    {
        GgufType.Q4_0 or GgufType.Q4_1 or GgufType.Q4_K => 4,
        GgufType.Q5_0 or GgufType.Q5_1 or GgufType.Q5_K or GgufType.Q8_0 => 8,
        _ => 0,
    };

    /// <param name="bytes">Whole blocks of the type.</param>
    /// <param name="levels">One for each element.</param>
    /// <param name="scales">One for each 32 elements; <paramref name="offsets"/> likewise.</param>
    public static void Read(GgufType type, ReadOnlySpan<byte> bytes, Span<sbyte> levels, Span<float> scales, Span<float> offsets)
    {
        var (elements, size) = GgufTypes.Block(type);
        Span<byte> raw = stackalloc byte[Block];
        for (int at = 0, block = 0; at < bytes.Length; at += size)
        {
            var b = bytes.Slice(at, size);
            for (var part = 0; part < elements / Block; part++, block++)
            {
                var (scale, minimum, top) = type switch
                {
                    GgufType.Q4_0 => Legacy(b, raw, five: false, minimum: false),
                    GgufType.Q4_1 => Legacy(b, raw, five: false, minimum: true),
                    GgufType.Q5_0 => Legacy(b, raw, five: true, minimum: false),
                    GgufType.Q5_1 => Legacy(b, raw, five: true, minimum: true),
                    GgufType.Q4_K => SuperBlock(b, raw, part, five: false),
                    GgufType.Q5_K => SuperBlock(b, raw, part, five: true),
                    GgufType.Q8_0 => Eight(b, raw),
                    _ => throw new ArgumentOutOfRangeException(nameof(type)),
                };
                (scales[block], offsets[block]) = Positive(raw, levels.Slice(block * Block, Block), scale, minimum, top);
            }
        }
    }

    /// <summary>raw (0..top) x scale + minimum as level x positive scale + offset; a negative scale reverses the levels.</summary>
    private static (float Scale, float Offset) Positive(ReadOnlySpan<byte> raw, Span<sbyte> levels, float scale, float minimum, int top)
    {
        var middle = (top + 1) / 2;
        var reversed = scale < 0;
        for (var i = 0; i < raw.Length; i++) levels[i] = (sbyte)((reversed ? top - raw[i] : raw[i]) - middle);
        if (reversed) (scale, minimum) = (-scale, minimum + top * scale);
        if (scale > MinScale) return (scale, minimum + middle * scale);
        levels.Clear(); // a constant block
        return (MinScale, minimum);
    }

    private static float F16(ReadOnlySpan<byte> b) => (float)BinaryPrimitives.ReadHalfLittleEndian(b);

    private static (float, float, int) Legacy(ReadOnlySpan<byte> b, Span<byte> raw, bool five, bool minimum)
    {
        var d = F16(b);
        var at = minimum ? 4 : 2;
        var high = five ? BinaryPrimitives.ReadUInt32LittleEndian(b[at..]) : 0;
        var q = b[(five ? at + 4 : at)..];
        for (var j = 0; j < 16; j++)
        {
            raw[j] = (byte)(q[j] & 15 | (int)(high >> j & 1) << 4);
            raw[j + 16] = (byte)(q[j] >> 4 | (int)(high >> (j + 16) & 1) << 4);
        }
        var top = five ? 31 : 15;
        return (d, minimum ? F16(b[2..]) : -(top + 1) / 2 * d, top);
    }

    private static (float, float, int) SuperBlock(ReadOnlySpan<byte> b, Span<byte> raw, int part, bool five)
    {
        var (scale, minimum) = GgufDequantizer.ScaleAndMinimum(b.Slice(4, 12), part);
        var high = five ? b.Slice(16, 32) : default;
        var q = b[((five ? 48 : 16) + 32 * (part / 2))..];
        for (var l = 0; l < 32; l++)
        {
            var value = (part & 1) == 0 ? q[l] & 15 : q[l] >> 4;
            raw[l] = (byte)(five && (high[l] & 1 << part) != 0 ? value + 16 : value);
        }
        return (F16(b) * scale, -F16(b[2..]) * minimum, five ? 31 : 15);
    }

    private static (float, float, int) Eight(ReadOnlySpan<byte> b, Span<byte> raw)
    {
        var d = F16(b);
        for (var j = 0; j < 32; j++) raw[j] = (byte)((sbyte)b[2 + j] + 128);
        return (d, -128 * d, 255);
    }
}
