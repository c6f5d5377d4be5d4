using System.Runtime.InteropServices;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Safetensors;
using EdgeAgent.Import.Calibration;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Import.Quantizers;
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
        var notes = new List<string>([.. checkpoint.Notes, .. checkpoint.WriteTokenizer(directory)]);
        var ends = TurnEnds.Of(checkpoint, directory, options.Clock, notes);
        var block = quantizer.FixedBlock ?? options.Block;
        using var calibration = quantizer.NeedsCalibration ? options.Calibration!(checkpoint, directory) : null;
        var reports = new List<LinearReport>();
        WriteWeights(checkpoint, directory, quantizer, options with { Block = block }, calibration, report =>
        {
            reports.Add(report);
            progress?.Invoke(report);
        });
        var manifest = new StudentManifest
        {
            Name = options.Name ?? checkpoint.Name,
            Version = options.Version,
            Release = options.Release,
            Architecture = checkpoint.Architecture,
            EosIds = ends,
            Quantization = quantizer.KeepsFloat32
                ? new Quantization()
                : new Quantization
                {
                    Method = quantizer.Name,
                    Bits = quantizer.Bits,
                    HeadBits = quantizer.HasHeadBits ? options.HeadBits : 0,
                    Block = block,
                    CalibrationTokens = calibration?.Tokens ?? 0
                },
            Licence = options.Licence,
            Provenance = checkpoint.Provenance,
        };
        manifest.Save(directory);
        var cost = calibration is null ? null : QuantizationCost.Measure(directory, calibration);
        return new ImportReport(manifest.Quantization, reports, notes, cost);
    }

    /// <summary>A tied head that is the embedding's table is written once.</summary>
    private static void WriteWeights(ICheckpoint checkpoint, string directory, IQuantizer quantizer, ImportOptions options,
        ICalibration? calibration, Action<LinearReport> report)
    {
        var table = quantizer.Table(checkpoint, options.Block, options.HeadBits);
        if (table is not null) calibration?.ReplaceEmbedding(table);
        // every length is a multiple of 4, so floats stay aligned in the mapped file
        var tensors = new List<SafetensorsTensor>(new EmbeddingWriter(checkpoint, options.Clock, report)
            .Tensors(table, half: !quantizer.KeepsFloat32));
        foreach (var (name, length) in WeightNames.Vectors(checkpoint.Architecture))
            tensors.Add(new SafetensorsTensor(name, SafetensorsType.F32, [length],
                s => s.Write(MemoryMarshal.AsBytes<float>(checkpoint.Vector(name)))));
        var linears = new LinearWriter(quantizer, options, calibration, report);
        foreach (var linear in LinearSource.All(checkpoint))
            if (linear.Name != WeightNames.Head || table is null || !checkpoint.TiedHead) tensors.AddRange(linears.Tensors(linear));
        SafetensorsWriter.Write(Path.Combine(directory, WeightNames.FileName), tensors);
    }
}
