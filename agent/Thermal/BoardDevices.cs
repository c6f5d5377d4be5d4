namespace EdgeAgent.Thermal;

/// <summary>What is wired to a board; what is not is null. Owns them.</summary>
internal sealed class BoardDevices : IDisposable
{
    public StackLight? Light { get; init; }
    public MaintenanceButton? Button { get; init; }
    public CabinetClimate? Climate { get; init; }
    public CabinetDisplay? Display { get; init; }

    /// <summary>What could not be opened at the start, one sentence each.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    /// <summary>What is wrong with them now, one sentence each.</summary>
    public IReadOnlyList<string> Problems => [.. Missing, .. new[] { Climate?.Problem, Display?.Problem }.OfType<string>()];

    public void Dispose()
    {
        Button?.Dispose();
        Climate?.Dispose();
        Display?.Dispose();
    }
}
