namespace EdgeAgent.Models;

/// <summary>
/// A [K, N] matrix in symmetric 4-bit blocks along K, as ONNX stores INT4: two values a byte, low nibble first, row-major;
/// scales [K / Block, N], strictly positive. Value = nibble (-8..7) x scale.
/// </summary>
public sealed record Int4Matrix(int K, int N, int Block, byte[] Packed, float[] Scales)
{
    public const int LargestBlock = 128, SmallestBlock = 32;

    /// <summary>The block used for K inputs: the largest power of two from 32 to <paramref name="largest"/> that divides K; 0 where none does (the layer stays float).</summary>
    public static int BlockFor(int k, int largest = LargestBlock)
    {
        for (var block = largest; block >= SmallestBlock; block /= 2)
            if (k % block == 0) return block;
        return 0;
    }

    /// <summary>Whether a [K, N] matrix can be stored: a block divides K and N is even (two columns a byte).</summary>
    public static bool Fits(int k, int n) => BlockFor(k) > 0 && n % 2 == 0;

    /// <summary>The matrix in float32, [K, N] row-major.</summary>
    public float[] Dequantize()
    {
        var values = new float[(long)K * N];
        for (var k = 0; k < K; k++)
            for (var n = 0; n < N; n++)
            {
                var b = Packed[((long)k * N + n) / 2];
                var nibble = (n & 1) == 0 ? b & 15 : b >> 4;
                values[(long)k * N + n] = ((nibble ^ 8) - 8) * Scales[(long)(k / Block) * N + n];
            }
        return values;
    }
}
