using EdgeAgent.Bundles;

namespace EdgeAgent.Import;

/// <summary>What an import did.</summary>
/// <param name="Quantization">As the manifest has it.</param>
/// <param name="Linears">In the order of the file; the embedding too, where it is a table.</param>
/// <param name="Notes">What the checkpoint has and the bundle does not, and what was decided for it; sentences.</param>
/// <param name="Cost">What quantization cost; null where it was not measured.</param>
internal sealed record ImportReport(Quantization Quantization, IReadOnlyList<LinearReport> Linears, IReadOnlyList<string> Notes,
    QuantizationCost? Cost);
