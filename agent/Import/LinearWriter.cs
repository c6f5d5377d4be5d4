using System.Runtime.InteropServices;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Safetensors;
using EdgeAgent.Import.Calibration;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Import.Quantizers;

namespace EdgeAgent.Import;

/// <summary>
/// Writes linears in the form the import asks for, each when its turn comes, so that no more than one is in memory. The head
/// is never rounded below 8 bits: its errors go straight into every token's choice.
/// </summary>
internal sealed class LinearWriter(ImportOptions options, ICalibration? calibration, Action<LinearReport> report)
{
    /// <summary>
    /// Largest K whose correlations GPTQ holds at once; wider linears are calibrated in parts of at most this many inputs.
    /// </summary>
    private const int MaxCorrelated = 4608;

    private const int StripeElements = 4 << 20;

    /// <summary>Largest block along K.</summary>
    public int Block { get; } = options.Quantization == Quantization.Keep ? QuantizedMatrix.MinBlock : options.Block;

    /// <summary>Stripes of rows that hold about 16 MB of float32; every one but the last has an even number of rows.</summary>
    public static IEnumerable<(int First, int Count)> Stripes(int rows, int columns)
    {
        var most = Math.Max(2, StripeElements / columns & ~1);
        for (var first = 0; first < rows; first += most) yield return (first, Math.Min(most, rows - first));
    }

    /// <summary>The tensors that store one linear, in the order they must be written.</summary>
    public IEnumerable<SafetensorsTensor> Tensors(LinearSource source)
    {
        var block = QuantizedMatrix.BlockFor(source.K, Block);
        var kept = options.Quantization == Quantization.Keep && source.Grid != BlockGrid.None && block > 0;
        var bits = kept && source.Grid == BlockGrid.FourBits
            ? 4 : source.Name == WeightNames.Head || options.Quantization == Quantization.Keep ? 8 : 4;
        if (options.Quantization == Quantization.None || block == 0 || bits == 4 && source.N % 2 != 0) return [Float(source)];
        QuantizedMatrix? matrix = null;
        var tensors = new List<SafetensorsTensor>
        {
            new(WeightNames.Scale(source.Name), SafetensorsType.F32, [source.K / block, source.N], stream =>
            {
                matrix = Quantize(source, QuantizedMatrix.Empty(source.K, source.N, bits, block, offsets: kept), kept);
                stream.Write(MemoryMarshal.AsBytes<float>(matrix.Scales));
            }),
        };
        if (kept)
            tensors.Add(new SafetensorsTensor(WeightNames.Offset(source.Name), SafetensorsType.F32, [source.K / block, source.N],
                stream => stream.Write(MemoryMarshal.AsBytes<float>(matrix!.Offsets!))));
        var (name, type, columns) = bits == 4
            ? (WeightNames.Int4(source.Name), SafetensorsType.U8, source.N / 2)
            : (WeightNames.Int8(source.Name), SafetensorsType.I8, source.N);
        tensors.Add(new SafetensorsTensor(name, type, [source.K, columns], stream =>
        {
            stream.Write(matrix!.Packed);
            matrix = null;
        }));
        return tensors;
    }

    private QuantizedMatrix Quantize(LinearSource source, QuantizedMatrix matrix, bool kept)
    {
        var start = options.Clock.GetTimestamp();
        double error = 0, norm = 0;
        double? output = null;
        if (kept) Keep(source, matrix);
        else if (options.Quantization == Quantization.Gptq && matrix.Bits == 4) (error, norm, output) = Calibrate(source, matrix);
        else
        {
            foreach (var (first, count) in Stripes(source.N, source.K))
            {
                var rows = new float[count * source.K];
                source.Read(first, rows);
                var (e, w) = RoundToNearest.Quantize(rows, matrix, first);
                (error, norm) = (error + e, norm + w);
            }
        }
        if (source.Name != WeightNames.Head) calibration?.Replace(source.Name, Exact(source), matrix.Dequantize());
        report(new LinearReport(source.Name, source.K, source.N, matrix.Bits, matrix.Block, norm > 0 ? Math.Sqrt(error / norm) : 0,
            options.Clock.GetElapsedTime(start).TotalSeconds)
        { OutputError = output, Kept = kept });
        return matrix;
    }

    private static void Keep(LinearSource source, QuantizedMatrix matrix)
    {
        var blocks = source.K / matrix.Block;
        foreach (var (first, count) in Stripes(source.N, source.K))
        {
            var levels = new sbyte[count * source.K];
            var scales = new float[count * blocks];
            var offsets = new float[count * blocks];
            source.ReadGrid(first, count, levels, scales, offsets);
            matrix.SetColumns(first, count, Transpose(levels, count, source.K, 0, source.K));
            for (var b = 0; b < blocks; b++)
                for (var c = 0; c < count; c++)
                    (matrix.Scales[(long)b * matrix.N + first + c],
                        matrix.Offsets![(long)b * matrix.N + first + c]) = (scales[c * blocks + b], offsets[c * blocks + b]);
        }
    }

    /// <summary>
    /// GPTQ over parts of K that fit memory: the squared norms of the weights' error and of the weights, and the outputs' relative error.
    /// </summary>
    private (double Error, double Norm, double Output) Calibrate(LinearSource source, QuantizedMatrix matrix)
    {
        int parts = (source.K + MaxCorrelated - 1) / MaxCorrelated, blocks = source.K / matrix.Block;
        double error = 0, norm = 0, outputError = 0, outputNorm = 0;
        var levels = new sbyte[(long)source.K * matrix.N];
        for (var part = 0; part < parts; part++)
        {
            int from = (int)((long)blocks * part / parts) * matrix.Block, to = (int)((long)blocks * (part + 1) / parts) * matrix.Block,
                k = to - from;
            var (gram, drift) = Correlations(source, from, k);
            var gptq = new Gptq(gram, drift, k, matrix.Block, calibration!.Tokens);
            foreach (var (first, count) in Stripes(source.N, source.K))
            {
                var rows = new float[count * source.K];
                source.Read(first, rows);
                var weights = Transpose(rows, count, source.K, from, k);
                var (l, s, e, w) = gptq.Quantize((float[])weights.Clone(), count);
                (outputError, outputNorm) = (outputError + e, outputNorm + w);
                for (var i = 0; i < k; i++)
                    l.AsSpan(i * count, count).CopyTo(levels.AsSpan((int)((long)(from + i) * matrix.N + first), count));
                for (var b = 0; b < k / matrix.Block; b++)
                    s.AsSpan(b * count, count)
                        .CopyTo(matrix.Scales.AsSpan((int)((long)(from / matrix.Block + b) * matrix.N + first), count));
                for (var i = 0; i < weights.Length; i++)
                {
                    var d = weights[i] - l[i] * s[i / count / matrix.Block * count + i % count];
                    (error, norm) = (error + (double)d * d, norm + (double)weights[i] * weights[i]);
                }
            }
        }
        matrix.SetColumns(0, matrix.N, levels);
        return (error, norm, outputNorm > 0 ? Math.Sqrt(outputError / outputNorm) : 0);
    }

    /// <summary>
    /// Over the calibration text, of inputs from..: X^T X, and (E - X)^T X for what the inputs E would be with exact weights; both [k, k].
    /// </summary>
    private (float[] Gram, float[] Drift) Correlations(LinearSource source, int from, int k)
    {
        var gram = new float[(long)k * k];
        var drift = new float[(long)k * k];
        calibration!.Inputs(source.Name, (served, exact, length) =>
        {
            System.Numerics.Tensors.TensorPrimitives.Subtract(exact, served, exact);
            TransposedProduct.View x = new(served, from, length / source.K, k, source.K),
                d = new(exact, from, length / source.K, k, source.K);
            TransposedProduct.Add(new TransposedProduct.View(gram, 0, k, k, k), x, x, 1, upperOnly: true);
            TransposedProduct.Add(new TransposedProduct.View(drift, 0, k, k, k), d, x, 1);
        });
        for (var i = 0; i < k; i++)
            for (var j = 0; j < i; j++) gram[(long)i * k + j] = gram[(long)j * k + i];
        return (gram, drift);
    }

    private SafetensorsTensor Float(LinearSource source) =>
        new(WeightNames.Float(source.Name), SafetensorsType.F32, [source.K, source.N], stream =>
    {
        var start = options.Clock.GetTimestamp();
        var values = Exact(source);
        stream.Write(MemoryMarshal.AsBytes<float>(values));
        if (source.Name != WeightNames.Head) calibration?.Replace(source.Name, values, values);
        report(new LinearReport(source.Name, source.K, source.N, 32, 0, 0, options.Clock.GetElapsedTime(start).TotalSeconds));
    });

    /// <summary>The whole linear in float32, [K, N].</summary>
    private static float[] Exact(LinearSource source)
    {
        var values = new float[(long)source.K * source.N];
        foreach (var (first, count) in Stripes(source.N, source.K))
        {
            var rows = new float[count * source.K];
            source.Read(first, rows);
            var columns = Transpose(rows, count, source.K, 0, source.K);
            for (var k = 0; k < source.K; k++)
                columns.AsSpan(k * count, count).CopyTo(values.AsSpan((int)((long)k * source.N + first), count));
        }
        return values;
    }

    /// <summary>Columns from.. of [rows, stride] as [count, rows].</summary>
    private static T[] Transpose<T>(T[] source, int rows, int stride, int from, int count)
    {
        var result = new T[rows * count];
        Parallel.For(0, (count + 31) / 32, tile =>
        {
            for (var r = 0; r < rows; r++)
                for (var c = tile * 32; c < Math.Min(count, tile * 32 + 32); c++) result[c * rows + r] = source[r * stride + from + c];
        });
        return result;
    }
}
