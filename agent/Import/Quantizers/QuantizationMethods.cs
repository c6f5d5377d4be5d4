namespace EdgeAgent.Import.Quantizers;

/// <summary>The quantization methods.</summary>
internal static class QuantizationMethods
{
    public static IReadOnlyList<IQuantizer> All { get; } =
        [new RoundToNearestQuantizer(), new GptqQuantizer(), new KeepQuantizer(), new Float32Quantizer()];

    /// <exception cref="ArgumentException">No method has that name; lists those there are.</exception>
    public static IQuantizer Named(string name) => All.FirstOrDefault(q => q.Name == name)
        ?? throw new ArgumentException(
            $"expected a quantization method of {string.Join(", ", All.Select(q => q.Name))}; found '{name}'", nameof(name));
}
