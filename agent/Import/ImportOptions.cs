using EdgeAgent.Bundles;
using EdgeAgent.Import.Calibration;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Import.Quantizers;

namespace EdgeAgent.Import;

/// <summary>Options of an import: entries of the manifest, and the quantization of the linears.</summary>
internal sealed record ImportOptions
{
    /// <summary>The student's name; null for the checkpoint's.</summary>
    public string? Name { get; init; }

    public string Version { get; init; } = "0.1.0";

    /// <summary>Release counter; updates refuse a smaller one.</summary>
    public long Release { get; init; } = 1;

    /// <summary>The name of one of <see cref="QuantizationMethods.All"/>.</summary>
    public string Quantization { get; init; } = EdgeAgent.Bundles.Quantization.RoundToNearest;

    public string Licence { get; init; } = "";

    /// <summary>Largest block along K, inputs: 32, 64 or 128. Methods with a <see cref="IQuantizer.FixedBlock"/> use that.</summary>
    public int Block { get; init; } = QuantizedMatrix.MaxBlock;

    /// <summary>Bits of the head, and of the embedding where both are one table: 8 or 4.</summary>
    public int HeadBits { get; init; } = EdgeAgent.Bundles.Quantization.DefaultHeadBits;

    /// <summary>
    /// Opens the calibration text; required by methods that need one. The second argument is the directory the bundle is being built in:
    /// it has the text side already, and is a place for large temporary files.
    /// </summary>
    public Func<ICheckpoint, string, ICalibration>? Calibration { get; init; }

    /// <summary>Checks the finished bundle, a directory, before it takes its place; an exception keeps the one that is there.</summary>
    public Action<string>? Check { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
