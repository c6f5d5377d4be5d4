using System.Text.Json;
using EdgeAgent.Platform;
using EdgeAgent.Updates;

namespace EdgeAgent.Evaluation;

/// <summary>Runs the probe in a child process, so that a bundle that crashes or hangs does not take the agent with it.</summary>
/// <param name="device">Arguments that tell it what the service runs on its GPU; none where the CPU serves, and one row will do.</param>
internal sealed class ChildBundleProbe(TimeSpan timeout, TimeProvider clock, IReadOnlyList<string>? device = null) : IBundleProbe
{
    public async Task<ProbeReport> ProbeAsync(string directory, string? golden, CancellationToken cancellationToken)
    {
        string[] arguments = ["model", "probe", directory, .. golden is null ? Array.Empty<string>() : ["--golden", golden],
            .. device ?? []];
        var result = await ChildProcess.RunSelfAsync(arguments, timeout, clock, cancellationToken).ConfigureAwait(false);
        if (result.Code is null)
            return new ProbeReport { Failure = $"{UpdateReasons.HealthTimeout}: the probe did not end within {timeout.TotalSeconds:F0} s" };
        if (result.Code != 0) return new ProbeReport { Failure = $"the probe ended with code {result.Code}: {result.LastError}" };
        try
        {
            return (JsonSerializer.Deserialize(result.Output, UpdateJson.Default.ProbeReport) ?? throw new JsonException("null")) with
            {
                PeakMegabytes = result.PeakMegabytes
            };
        }
        catch (JsonException e)
        {
            return new ProbeReport { Failure = $"the probe's report is malformed: {e.Message}" };
        }
    }
}
