namespace EdgeAgent.Bundles;

/// <summary>
/// A [K, N] matrix in blocks along K, row-major. 4 bits: two values a byte, low nibble first, as ONNX stores INT4; 8 bits: one
/// signed byte a value. Scales are [K / Block, N], strictly positive; offsets, if any, are [K / Block, N] too.
/// Value = level x scale (+ offset), levels -8..7 or -128..127.
/// </summary>
internal sealed record QuantizedMatrix(int K, int N, int Bits, int Block, byte[] Packed, float[] Scales, float[]? Offsets = null)
{
    public const int MaxBlock = 128, MinBlock = 32;

    /// <summary>
    /// The block used for K inputs: the largest power of two from 32 to <paramref name="maxBlock"/> that divides K; 0 where none
    /// does (the linear stays float).
    /// </summary>
    public static int BlockFor(int k, int maxBlock = MaxBlock)
    {
        for (var block = maxBlock; block >= MinBlock; block /= 2)
            if (k % block == 0) return block;
        return 0;
    }

    /// <summary>Whether a [K, N] matrix can be stored in 4 bits: a block divides K and N is even (two columns a byte).</summary>
    public static bool Fits(int k, int n) => BlockFor(k) > 0 && n % 2 == 0;

    /// <summary>A matrix of zeros, to be filled by <see cref="SetColumns"/>.</summary>
    public static QuantizedMatrix Empty(int k, int n, int bits, int block, bool offsets = false)
    {
        if (block == 0 || k % block != 0 || bits == 4 && n % 2 != 0)
            throw new ArgumentException(
                $"no {bits}-bit form in blocks of {block} for [{k}, {n}]: K must be a multiple of 32 and, for 4 bits, N even");
        return new QuantizedMatrix(k, n, bits, block, new byte[(long)k * n * bits / 8], new float[(long)(k / block) * n],
            offsets ? new float[(long)(k / block) * n] : null);
    }

    /// <summary>
    /// Writes columns first.. from levels [K, count], row-major; <paramref name="first"/> and count are even for 4 bits. Stripes
    /// may be written at the same time.
    /// </summary>
    public void SetColumns(int first, int count, ReadOnlySpan<sbyte> levels)
    {
        for (var k = 0; k < K; k++)
        {
            var source = levels.Slice(k * count, count);
            if (Bits == 8)
            {
                System.Runtime.InteropServices.MemoryMarshal.AsBytes(source).CopyTo(Packed.AsSpan((int)((long)k * N + first), count));
                continue;
            }
            var target = Packed.AsSpan((int)(((long)k * N + first) / 2), count / 2);
            for (var i = 0; i < target.Length; i++) target[i] = (byte)(source[2 * i] & 15 | source[2 * i + 1] << 4);
        }
    }

    /// <summary>The matrix in float32, [K, N] row-major.</summary>
    public float[] Dequantize()
    {
        var values = new float[(long)K * N];
        Parallel.For(0, K, k =>
        {
            for (var n = 0; n < N; n++)
            {
                var at = (long)k * N + n;
                var level = Bits == 8 ? (sbyte)Packed[at] : (((at & 1) == 0 ? Packed[at / 2] & 15 : Packed[at / 2] >> 4) ^ 8) - 8;
                var block = (long)(k / Block) * N + n;
                values[at] = level * Scales[block] + (Offsets?[block] ?? 0);
            }
        });
        return values;
    }
}
