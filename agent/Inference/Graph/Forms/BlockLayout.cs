using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Safetensors;

namespace EdgeAgent.Inference.Graph.Forms;

/// <summary>
/// The layout of com.microsoft.MatMulNBits: outputs first, B unsigned bytes [N, K / block, block * bits / 8] with a zero point of
/// half the range, scales [N * K / block]. A bundle stores [K, N]: one tensor at a time is turned in memory.
/// </summary>
internal static class BlockLayout
{
    public static string Packed(string linear) => linear + ".blocks";
    public static string Scales(string linear) => linear + ".block_scales";

    /// <param name="tensors">Gets the packed values and their scales.</param>
    /// <param name="size">K, N and the block.</param>
    public static void Add(List<SafetensorsTensor> tensors, SafetensorsFile weights, string name, (int K, int N, int Block) size,
        SafetensorsType type)
    {
        var (k, n, block) = size;
        var bits = weights.Entries.ContainsKey(WeightNames.Int8(name)) ? 8 : 4;
        var source = weights.Entry(bits == 8 ? WeightNames.Int8(name) : WeightNames.Int4(name));
        tensors.Add(new SafetensorsTensor(Packed(name), SafetensorsType.U8, [n, k / block, block * bits / 8],
            stream => stream.Write(bits == 8 ? Turn8(weights, source, k, n) : Turn4(weights, source, k, n))));
        var scale = weights.Entry(WeightNames.Scale(name));
        tensors.Add(new SafetensorsTensor(Scales(name), type, [(long)n * (k / block)], stream =>
        {
            var turned = TurnFloats(weights, scale, k / block, n);
            DeviceWeights.Write(stream, turned, type == SafetensorsType.F16 ? FloatPrecision.Fp16 : FloatPrecision.Fp32);
        }));
    }

    /// <summary>Nibbles [K, N], signed, to [N, K], unsigned with zero point 8.</summary>
    private static byte[] Turn4(SafetensorsFile weights, SafetensorsEntry source, int k, int n)
    {
        var turned = new byte[(long)k * n / 2];
        var half = k / 2; // bytes of one output
        for (var i = 0; i < k; i++)
        {
            var row = weights.Bytes(source, (long)i * n / 2, n / 2);
            var shift = (i & 1) * 4;
            for (var j = 0; j < row.Length; j++)
            {
                turned[2L * j * half + i / 2] |= (byte)(((row[j] & 15) ^ 8) << shift);
                turned[(2L * j + 1) * half + i / 2] |= (byte)(((row[j] >> 4) ^ 8) << shift);
            }
        }
        return turned;
    }

    /// <summary>Bytes [K, N], signed, to [N, K], unsigned with zero point 128.</summary>
    private static byte[] Turn8(SafetensorsFile weights, SafetensorsEntry source, int k, int n)
    {
        var turned = new byte[(long)k * n];
        for (var i = 0; i < k; i++)
        {
            var row = weights.Bytes(source, (long)i * n, n);
            for (var j = 0; j < n; j++) turned[(long)j * k + i] = (byte)(row[j] ^ 128);
        }
        return turned;
    }

    private static float[] TurnFloats(SafetensorsFile weights, SafetensorsEntry source, int rows, int columns)
    {
        var values = new float[rows * columns];
        weights.ReadFloats(source, 0, values);
        var turned = new float[values.Length];
        for (var i = 0; i < rows; i++)
            for (var j = 0; j < columns; j++) turned[j * rows + i] = values[i * columns + j];
        return turned;
    }
}
