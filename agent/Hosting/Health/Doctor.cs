using EdgeAgent.Platform;

namespace EdgeAgent.Hosting.Health;

/// <summary>A finding and the check that made it.</summary>
internal sealed record DoctorFinding(string Check, HealthFinding Finding);

/// <summary>Runs the checks in their order, one at a time: each may use the whole device.</summary>
internal sealed class Doctor(IReadOnlyList<IDoctorCheck> checks)
{
    /// <summary>Longest name of a check, so that the table has room for what was found.</summary>
    public const int MaxName = 14;

    public async Task<IReadOnlyList<DoctorFinding>> ExamineAsync(CancellationToken cancellationToken)
    {
        var findings = new List<DoctorFinding>();
        foreach (var check in checks)
        {
            var found = await LookAsync(check, cancellationToken).ConfigureAwait(false);
            findings.AddRange(found.Select(f => new DoctorFinding(check.Name, f)));
        }
        return findings;
    }

    private static async Task<IReadOnlyList<HealthFinding>> LookAsync(IDoctorCheck check, CancellationToken cancellationToken)
    {
        try
        {
            return await check.LookAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (UnauthorizedAccessException e)
        {
            return [new HealthFinding(HealthSeverity.Skipped, $"not allowed to look: {e.Message}", "sudo edge-agent doctor")];
        }
        catch (Exception e) when (e is not OperationCanceledException) // a check that fails must not hide the others
        {
            return [new HealthFinding(HealthSeverity.Failure, DiskErrors.Include(e) ? e.Message : $"the check failed: {e.Message}")];
        }
    }
}
