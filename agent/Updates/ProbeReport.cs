namespace EdgeAgent.Updates;

/// <summary>What a probe of a bundle found, in a process of its own.</summary>
internal sealed record ProbeReport
{
    /// <summary>Golden prompts answered as accepted.</summary>
    public int GoldenRight { get; init; }

    /// <summary>All golden prompts.</summary>
    public int Golden { get; init; }

    public double TokensPerSecond { get; init; }

    /// <summary>Peak resident memory, MB.</summary>
    public double PeakMegabytes { get; init; }

    /// <summary>Answers with personal data or secrets that the question did not contain.</summary>
    public int Leaks { get; init; }

    /// <summary>Answers that repeated themselves until they were cut.</summary>
    public int Loops { get; init; }

    /// <summary>Why the bundle's own gate (gate.json) is closed; null where it is open, or where the bundle has none.</summary>
    public string? ClosedGate { get; init; }

    /// <summary>Why the bundle could not be loaded or asked; null if it answered.</summary>
    public string? Failure { get; init; }
}

/// <summary>A student's measurements beside the incumbent's; no incumbent if the candidate failed.</summary>
internal sealed record GateReport(ProbeReport Candidate, ProbeReport? Incumbent);
