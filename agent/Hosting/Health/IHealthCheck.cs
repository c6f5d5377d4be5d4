namespace EdgeAgent.Hosting.Health;

/// <summary>How bad a finding is. Skipped: it could not be looked at, and the finding says why.</summary>
internal enum HealthSeverity { Good, Skipped, Warning, Failure }

/// <summary>What a check found.</summary>
/// <param name="Found">What is the case, in one sentence.</param>
/// <param name="Remedy">What to do about it; null where nothing is to be done.</param>
internal sealed record HealthFinding(HealthSeverity Severity, string Found, string? Remedy = null)
{
    /// <summary>What it means for the device; null where the finding says enough.</summary>
    public string? Why { get; init; }
}

/// <summary>One thing that can be wrong with a device. Register it, and it runs after the start.</summary>
internal interface IHealthCheck
{
    /// <summary>A word or two, such as <c>execution provider</c>.</summary>
    string Name { get; }

    /// <summary>Looks once; quick, and without side effects.</summary>
    HealthFinding Check();
}
