namespace EdgeAgent.Import;

/// <summary>What an import did.</summary>
/// <param name="Linears">In the order of the file.</param>
/// <param name="Notes">What the checkpoint has and the bundle does not, and what was decided for it; sentences.</param>
internal sealed record ImportReport(IReadOnlyList<LinearReport> Linears, IReadOnlyList<string> Notes);
