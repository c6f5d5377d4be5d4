using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Safetensors;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Import.Quantizers;

namespace EdgeAgent.Import;

/// <summary>Makes the tensors of the embedding, a stripe of rows at a time: a table of quantized rows, or floats.</summary>
internal sealed class EmbeddingWriter(ICheckpoint checkpoint, TimeProvider clock, Action<LinearReport> report)
{
    /// <summary>The tensors of the embedding, in the order they must be written.</summary>
    /// <param name="form">Null for floats.</param>
    /// <param name="half">Floats in half precision.</param>
    public IEnumerable<SafetensorsTensor> Tensors(TableForm? form, bool half) => form is null ? [Floats(half)] : Table(form);

    private List<SafetensorsTensor> Table(TableForm form)
    {
        var a = checkpoint.Architecture;
        var blocks = a.Hidden / form.Block;
        var all = new float[(long)a.Vocabulary * blocks];
        return
        [
            new(WeightNames.EmbeddingRows(form.Bits), SafetensorsType.U8, [a.Vocabulary, a.Hidden * form.Bits / 8], stream =>
            {
                var start = clock.GetTimestamp();
                var error = new QuantizationError();
                foreach (var (first, count) in LinearSource.Stripes(a.Vocabulary, a.Hidden))
                {
                    var levels = new sbyte[count * a.Hidden];
                    error += form.Quantize(first, levels, all.AsMemory(first * blocks, count * blocks));
                    stream.Write(form.Bits == 8 ? Eight(levels) : Four(levels));
                }
                report(new LinearReport(WeightNames.Embedding, a.Hidden, a.Vocabulary, form.Bits, form.Block, error.Relative,
                    clock.GetElapsedTime(start).TotalSeconds)
                { Kept = form.Kept });
            }),
            new(WeightNames.Scale(WeightNames.Embedding), SafetensorsType.F32, [a.Vocabulary, blocks],
                stream => stream.Write(MemoryMarshal.AsBytes<float>(all))),
        ];
    }

    private static byte[] Eight(sbyte[] levels)
    {
        var bytes = new byte[levels.Length];
        for (var i = 0; i < bytes.Length; i++) bytes[i] = (byte)(levels[i] + 128);
        return bytes;
    }

    private static byte[] Four(sbyte[] levels)
    {
        var bytes = new byte[levels.Length / 2];
        for (var i = 0; i < bytes.Length; i++) bytes[i] = (byte)(levels[2 * i] + 8 | levels[2 * i + 1] + 8 << 4);
        return bytes;
    }

    private SafetensorsTensor Floats(bool half)
    {
        var a = checkpoint.Architecture;
        return new SafetensorsTensor(WeightNames.Embedding, half ? SafetensorsType.F16 : SafetensorsType.F32, [a.Vocabulary, a.Hidden],
            stream =>
            {
                foreach (var (first, count) in LinearSource.Stripes(a.Vocabulary, a.Hidden))
                {
                    var values = new float[count * a.Hidden];
                    checkpoint.ReadNumbers(CheckpointTensors.Embedding, a.Vocabulary, a.Hidden, first, values);
                    if (half)
                    {
                        var halves = new Half[values.Length];
                        TensorPrimitives.ConvertToHalf(values, halves);
                        stream.Write(MemoryMarshal.AsBytes<Half>(halves));
                    }
                    else stream.Write(MemoryMarshal.AsBytes<float>(values));
                }
            });
    }
}
