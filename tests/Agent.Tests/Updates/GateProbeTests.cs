using EdgeAgent.Updates;

namespace EdgeAgent.Tests.Updates;

public sealed class GateProbeTests
{
    /// <summary>Other work on the device slows a probe: the fastest of up to three rounds counts, for the incumbent too.</summary>
    [Theory]
    [InlineData(new[] { 60d }, new[] { 100d }, 1, 60, 100)]
    [InlineData(new[] { 30d, 70 }, new[] { 100d, 90 }, 2, 70, 100)]
    [InlineData(new[] { 30d, 40, 20 }, new[] { 100d, 120, 90 }, 3, 40, 120)]
    public async Task MeasureAsync_SlowCandidate_IsMeasuredAgain(double[] candidate, double[] incumbent, int rounds, double best,
        double before)
    {
        var probe = new ScriptedProbe(candidate, incumbent);
        var gate = await new GateProbe(probe, new UpdateOptions()).MeasureAsync("new", "old", TestContext.Current.CancellationToken);
        Assert.Equal((2 * rounds, best, before), (probe.Probes, gate.Candidate.TokensPerSecond, gate.Incumbent!.TokensPerSecond));
    }

    [Fact]
    public async Task MeasureAsync_CandidateFails_LeavesTheIncumbentAlone()
    {
        var probe = new ScriptedProbe([], []);
        var gate = await new GateProbe(probe, new UpdateOptions()).MeasureAsync("new", "old", TestContext.Current.CancellationToken);
        Assert.Equal((1, "no answer", null), (probe.Probes, gate.Candidate.Failure, gate.Incumbent));
    }

    private sealed class ScriptedProbe(double[] candidate, double[] incumbent) : IBundleProbe
    {
        private int _candidates, _incumbents;

        public int Probes => _candidates + _incumbents;

        public Task<ProbeReport> ProbeAsync(string directory, string? golden, CancellationToken cancellationToken)
        {
            var (speeds, number) = directory == "new" ? (candidate, _candidates++) : (incumbent, _incumbents++);
            return Task.FromResult(number < speeds.Length
                ? new ProbeReport { TokensPerSecond = speeds[number] } : new ProbeReport { Failure = "no answer" });
        }
    }
}
