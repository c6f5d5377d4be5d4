namespace EdgeAgent.Hosting.Health;

/// <summary>One thing that <c>edge-agent doctor</c> looks at. It needs no running agent, and changes nothing.</summary>
internal interface IDoctorCheck
{
    /// <summary>A word or two, at most <see cref="Doctor.MaxName"/> characters.</summary>
    string Name { get; }

    /// <summary>Looks once. Exceptions are findings of their own.</summary>
    Task<IReadOnlyList<HealthFinding>> LookAsync(CancellationToken cancellationToken);
}

/// <summary>A check that waits for nothing.</summary>
internal abstract class DoctorCheck(string name) : IDoctorCheck
{
    public string Name => name;

    public Task<IReadOnlyList<HealthFinding>> LookAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<HealthFinding>>([.. Look()]);

    protected abstract IEnumerable<HealthFinding> Look();

    protected static HealthFinding Good(string found) => new(HealthSeverity.Good, found);

    protected static HealthFinding Skipped(string found) => new(HealthSeverity.Skipped, found);

    protected static HealthFinding Warning(string found, string? remedy = null, string? why = null) =>
        new(HealthSeverity.Warning, found, remedy) { Why = why };

    protected static HealthFinding Failure(string found, string? remedy = null, string? why = null) =>
        new(HealthSeverity.Failure, found, remedy) { Why = why };
}
