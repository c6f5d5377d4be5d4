using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Safetensors;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Import.Quantizers;
using EdgeAgent.Inference;
using EdgeAgent.Platform;

namespace EdgeAgent.Import;

/// <summary>Writes a bundle's files from a checkpoint, one tensor at a time.</summary>
internal static class BundleWriter
{
    /// <summary>Text side first, so that a tokenizer or template that cannot be used is found before the long work.</summary>
    /// <exception cref="ModelFileException">The checkpoint cannot be used.</exception>
    public static ImportReport Write(ICheckpoint checkpoint, string directory, IQuantizer quantizer, ImportOptions options,
        Action<LinearReport>? progress)
    {
        var a = checkpoint.Architecture;
        var notes = new List<string>([.. checkpoint.Notes, .. checkpoint.WriteTokenizer(directory)]);
        var ends = EndTokens(checkpoint, directory, options.Clock, notes);
        var reports = new List<LinearReport>();
        var block = quantizer.FixedBlock ?? options.Block;
        using var calibration = quantizer.NeedsCalibration ? options.Calibration!(checkpoint) : null;
        var linears = new LinearWriter(quantizer, block, calibration, options.Clock, report =>
        {
            reports.Add(report);
            progress?.Invoke(report);
        });
        // every length is a multiple of 4, so floats stay aligned in the mapped file
        var tensors = new List<SafetensorsTensor> { Embedding(checkpoint, half: !quantizer.KeepsFloat32) };
        foreach (var (name, length) in WeightNames.Vectors(a))
            tensors.Add(new SafetensorsTensor(name, SafetensorsType.F32, [length],
                s => s.Write(MemoryMarshal.AsBytes<float>(checkpoint.Vector(name)))));
        foreach (var linear in LinearSource.All(checkpoint)) tensors.AddRange(linears.Tensors(linear));
        SafetensorsWriter.Write(Path.Combine(directory, WeightNames.FileName), tensors);
        new StudentManifest
        {
            Name = options.Name ?? checkpoint.Name,
            Version = options.Version,
            Release = options.Release,
            Architecture = a,
            EosIds = ends,
            Quantization = quantizer.KeepsFloat32
                ? new Quantization()
                : new Quantization { Method = quantizer.Name, Bits = 4, Block = block, CalibrationTokens = calibration?.Tokens ?? 0 },
            Licence = options.Licence,
            Provenance = checkpoint.Provenance,
        }.Save(directory);
        return new ImportReport(reports, notes);
    }

    /// <summary>
    /// The checkpoint's end tokens, and the one its template ends turns with: without it a student goes on and plays the user.
    /// </summary>
    /// <exception cref="ModelFileException">The text side cannot be used.</exception>
    private static IReadOnlyList<int> EndTokens(ICheckpoint checkpoint, string directory, TimeProvider clock, List<string> notes)
    {
        var text = StudentText.Load(directory, checkpoint.Architecture.Vocabulary, foreign: false, clock);
        if (text.EndOfTurn(StudentText.Variables(directory)) is not { } end || checkpoint.EosIds.Contains(end.Id)) return checkpoint.EosIds;
        notes.Add($"{end.Content} ({end.Id}) is added to the end tokens: the template ends turns with it, the checkpoint does not name it");
        return [.. checkpoint.EosIds, end.Id];
    }

    private static SafetensorsTensor Embedding(ICheckpoint checkpoint, bool half)
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
