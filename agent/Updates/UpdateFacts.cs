using EdgeAgent.Serving;

namespace EdgeAgent.Updates;

/// <summary>What is known when a step is chosen.</summary>
internal sealed record UpdateFacts
{
    /// <summary>Local time: maintenance windows are local.</summary>
    public required DateTimeOffset Now { get; init; }

    public Admission Admission { get; init; } = Admission.Open;

    /// <summary>Whether the signed manifest of the incoming bundle is on disk and verified.</summary>
    public bool HasManifest { get; init; }

    /// <summary>Whether a newer command waits.</summary>
    public bool IsSuperseded { get; init; }

    /// <summary>Whether the requester has cleared the command.</summary>
    public bool IsWithdrawn { get; init; }

    /// <summary>Whether the bundle failed a trial on this device before.</summary>
    public bool IsQuarantined { get; init; }

    /// <summary>The bundle that the serving pointer names.</summary>
    public string? Serving { get; init; }

    /// <summary>Starts of this bundle on trial so far.</summary>
    public int TrialAttempts { get; init; }

    /// <summary>Starts of a bundle on trial before it is rolled back.</summary>
    public int MaxTrialAttempts { get; init; } = 3;

    /// <summary>How the trial goes.</summary>
    public TrialVerdict Trial { get; init; } = TrialVerdict.NotRunning;
}
