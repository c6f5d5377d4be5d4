using EdgeAgent.Bundles;
using EdgeAgent.Import.Checkpoints;

namespace EdgeAgent.Import.Quantizers;

/// <summary>The quantization methods.</summary>
internal static class QuantizationMethods
{
    public static IReadOnlyList<IQuantizer> All { get; } =
        [new RoundToNearestQuantizer(), new GptqQuantizer(), new KeepQuantizer(), new Float32Quantizer()];

    /// <summary>
    /// The method of an import that names none: a checkpoint most of whose linears are in 4 bits keeps them, unless there is a text to
    /// calibrate on; every other one is calibrated.
    /// </summary>
    public static IQuantizer Default(ICheckpoint checkpoint, bool hasCalibrationText)
    {
        var linears = LinearSource.All(checkpoint).ToList();
        var kept = linears.Count(l => l.Grid == BlockGrid.FourBits) > linears.Count / 2;
        return Named(kept && !hasCalibrationText ? Quantization.Keep : Quantization.Gptq);
    }

    /// <exception cref="ArgumentException">No method has that name; lists those there are.</exception>
    public static IQuantizer Named(string name) => All.FirstOrDefault(q => q.Name == name)
        ?? throw new ArgumentException(
            $"expected a quantization method of {string.Join(", ", All.Select(q => q.Name))}; found '{name}'", nameof(name));
}
