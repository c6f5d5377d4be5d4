using System.Numerics.Tensors;
using EdgeAgent.Bundles;
using EdgeAgent.Import.Calibration;

namespace EdgeAgent.Import.Quantizers;

/// <summary>Symmetric 4-bit blocks by <see cref="Gptq"/> over the inputs that a calibration text gives; the head is rounded.</summary>
internal sealed class GptqQuantizer : IQuantizer
{
    /// <summary>
    /// Largest K whose correlations are held at once, inputs: two [4608, 4608] float32 matrices are 170 MB. Wider linears are
    /// calibrated in parts of at most this many inputs.
    /// </summary>
    private const int MaxCorrelated = 4608;

    public string Name => Quantization.Gptq;
    public string Description => "4-bit, calibrated";
    public bool NeedsCalibration => true;
    public bool HasHeadBits => true;

    public QuantizedForm? Form(LinearSource source, int maxBlock, int headBits) => RoundToNearestQuantizer.Symmetric(source, maxBlock,
        headBits,
        (matrix, calibration) =>
            Quantize(source, matrix, calibration ?? throw new ArgumentException("GPTQ needs a calibration text", nameof(calibration))));

    /// <summary>Quantizes parts of K that fit memory, each in stripes of outputs.</summary>
    private static QuantizationError Quantize(LinearSource source, QuantizedMatrix matrix, ICalibration calibration)
    {
        int parts = (source.K + MaxCorrelated - 1) / MaxCorrelated, blocks = source.K / matrix.Block;
        var total = new QuantizationError();
        double outputError = 0, outputNorm = 0;
        var levels = new sbyte[(long)source.K * matrix.N]; // [K, N]
        for (var part = 0; part < parts; part++)
        {
            int from = (int)((long)blocks * part / parts) * matrix.Block, to = (int)((long)blocks * (part + 1) / parts) * matrix.Block;
            var (gram, drift) = Correlations(source, calibration, from, to - from);
            var gptq = new Gptq(gram, drift, to - from, matrix.Block, calibration.Tokens);
            foreach (var (first, count) in source.Stripes())
            {
                var weights = LinearSource.Transpose(source.Rows(first, count), count, source.K, from, to - from); // [k, count]
                var (l, s, error, norm) = gptq.Quantize((float[])weights.Clone(), count);
                (outputError, outputNorm) = (outputError + error, outputNorm + norm);
                for (var i = 0; i < to - from; i++)
                    l.AsSpan(i * count, count).CopyTo(levels.AsSpan((int)((long)(from + i) * matrix.N + first), count));
                for (var b = 0; b < (to - from) / matrix.Block; b++)
                    s.AsSpan(b * count, count)
                        .CopyTo(matrix.Scales.AsSpan((int)((long)(from / matrix.Block + b) * matrix.N + first), count));
                total += WeightError(weights, l, s, matrix.Block, count);
            }
        }
        matrix.SetColumns(0, matrix.N, levels);
        return total with { Output = outputNorm > 0 ? Math.Sqrt(outputError / outputNorm) : 0 };
    }

    private static QuantizationError WeightError(float[] weights, sbyte[] levels, float[] scales, int block, int count)
    {
        double error = 0, norm = 0;
        for (var i = 0; i < weights.Length; i++)
        {
            var d = weights[i] - levels[i] * scales[i / count / block * count + i % count];
            (error, norm) = (error + (double)d * d, norm + (double)weights[i] * weights[i]);
        }
        return new QuantizationError(error, norm);
    }

    /// <summary>
    /// Sums over the calibration text, for k inputs from <paramref name="from"/> on: X^T X, and (E - X)^T X where E are the inputs
    /// under exact weights; both [k, k].
    /// </summary>
    private static (float[] Gram, float[] Drift) Correlations(LinearSource source, ICalibration calibration, int from, int k)
    {
        var gram = new float[(long)k * k];
        var drift = new float[(long)k * k];
        float[] difference = [];
        calibration.Inputs(source.Name, (served, exact, length) =>
        {
            if (difference.Length < length) difference = new float[length];
            TensorPrimitives.Subtract(exact, served, difference);
            TransposedProduct.View x = new(served, from, length / source.K, k, source.K),
                d = new(difference, from, length / source.K, k, source.K);
            TransposedProduct.Add(new TransposedProduct.View(gram, 0, k, k, k), x, x, 1, upperOnly: true);
            TransposedProduct.Add(new TransposedProduct.View(drift, 0, k, k, k), d, x, 1);
        });
        for (var i = 0; i < k; i++)
            for (var j = 0; j < i; j++) gram[(long)i * k + j] = gram[(long)j * k + i];
        return (gram, drift);
    }
}
