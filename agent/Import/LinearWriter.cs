using System.Runtime.InteropServices;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Safetensors;
using EdgeAgent.Import.Calibration;
using EdgeAgent.Import.Quantizers;

namespace EdgeAgent.Import;

/// <summary>
/// Makes the tensors of linears in the form a quantizer gives them. Each is computed when the file reaches it, so that no more
/// than one linear is in memory.
/// </summary>
internal sealed class LinearWriter(IQuantizer quantizer, ImportOptions options, ICalibration? calibration, Action<LinearReport> report)
{
    private readonly TimeProvider _clock = options.Clock;

    /// <summary>The tensors that store one linear, in the order they must be written.</summary>
    public IEnumerable<SafetensorsTensor> Tensors(LinearSource source) =>
        quantizer.Form(source, options.Block, options.HeadBits) is { } form ? Quantized(source, form) : [Float(source)];

    private List<SafetensorsTensor> Quantized(LinearSource source, QuantizedForm form)
    {
        QuantizedMatrix? matrix = null;
        long[] blocks = [source.K / form.Block, source.N];
        var tensors = new List<SafetensorsTensor>
        {
            new(WeightNames.Scale(source.Name), SafetensorsType.F32, blocks, stream =>
            {
                matrix = Quantize(source, form);
                stream.Write(MemoryMarshal.AsBytes<float>(matrix.Scales));
            }),
        };
        if (form.HasOffsets)
            tensors.Add(new SafetensorsTensor(WeightNames.Offset(source.Name), SafetensorsType.F32, blocks,
                stream => stream.Write(MemoryMarshal.AsBytes<float>(matrix!.Offsets!))));
        var (name, type, columns) = form.Bits == 4
            ? (WeightNames.Int4(source.Name), SafetensorsType.U8, source.N / 2)
            : (WeightNames.Int8(source.Name), SafetensorsType.I8, source.N);
        tensors.Add(new SafetensorsTensor(name, type, [source.K, columns], stream =>
        {
            stream.Write(matrix!.Packed);
            matrix = null;
        }));
        return tensors;
    }

    private QuantizedMatrix Quantize(LinearSource source, QuantizedForm form)
    {
        var start = _clock.GetTimestamp();
        var matrix = QuantizedMatrix.Empty(source.K, source.N, form.Bits, form.Block, form.HasOffsets);
        var error = form.Quantize(matrix, calibration);
        if (source.Name != WeightNames.Head) calibration?.Replace(source.Name, source.Exact(), matrix.Dequantize());
        report(new LinearReport(source.Name, source.K, source.N, form.Bits, form.Block, error.Relative,
            _clock.GetElapsedTime(start).TotalSeconds)
        { OutputError = error.Output, Kept = form.HasOffsets });
        return matrix;
    }

    private SafetensorsTensor Float(LinearSource source) =>
        new(WeightNames.Float(source.Name), SafetensorsType.F32, [source.K, source.N], stream =>
        {
            var start = _clock.GetTimestamp();
            var values = source.Exact();
            stream.Write(MemoryMarshal.AsBytes<float>(values));
            if (source.Name != WeightNames.Head) calibration?.Replace(source.Name, values, values);
            report(new LinearReport(source.Name, source.K, source.N, 32, 0, 0, _clock.GetElapsedTime(start).TotalSeconds));
        });
}
