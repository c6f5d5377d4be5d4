using EdgeAgent.Serving;
using EdgeAgent.Updates;

namespace EdgeAgent.Tests.Updates;

public sealed class UpdatePlannerTests
{
    /// <summary>
    /// Over every open state and everything that can be known: news ends an update before its trial, what the device does not allow
    /// waits, and a trial that has begun is brought to its end.
    /// </summary>
    [Fact]
    public void Next_EveryCombination_KeepsTheRules()
    {
        var now = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        bool[] both = [false, true];
        var cases =
            from state in Enum.GetValues<UpdateState>()
            where state < UpdateState.Committed
            from superseded in both
            from withdrawn in both
            from quarantined in both
            from hot in both
            from manifest in both
            from serves in both
            from attempts in new[] { 0, 2, 3 }
            from verdict in Enum.GetValues<TrialVerdict>()
            select (State: state, Facts: new UpdateFacts
            {
                Now = now,
                IsSuperseded = superseded,
                IsWithdrawn = withdrawn,
                IsQuarantined = quarantined,
                HasManifest = manifest,
                Admission = new Admission(hot ? UpdateReasons.ThermalDefer : null),
                Serving = serves ? "b" : null,
                TrialAttempts = attempts,
                Trial = verdict
            });
        foreach (var (state, facts) in cases)
        {
            var plan = UpdatePlanner.Next(new UpdateRecord("u", new UpdateCommand { Bundle = "b" }, state), facts);
            if (state == UpdateState.Trial) AssertTrial(plan, facts);
            else AssertBeforeTrial(plan, state, facts);
        }
    }

    private static void AssertTrial(UpdatePlan plan, UpdateFacts facts)
    {
        Assert.Contains(plan.Step, new[] { UpdateStep.Commit, UpdateStep.RollBack, UpdateStep.StartTrial, UpdateStep.WatchTrial });
        // the pointer has moved: there is no way back
        if (facts.Serving is not null) Assert.Equal(UpdateStep.Commit, plan.Step);
        else if (facts is { TrialAttempts: >= 3, Trial: TrialVerdict.NotRunning }) Assert.Equal(UpdateStep.RollBack, plan.Step);
    }

    private static void AssertBeforeTrial(UpdatePlan plan, UpdateState state, UpdateFacts facts)
    {
        if (facts.IsSuperseded) Assert.Equal((UpdateStep.Cancel, UpdateReasons.Superseded), (plan.Step, plan.Reason));
        else if (facts.IsWithdrawn) Assert.Equal((UpdateStep.Cancel, UpdateReasons.Cancelled), (plan.Step, plan.Reason));
        else if (facts.IsQuarantined) Assert.Equal(UpdateStep.Fail, plan.Step);
        else if (state == UpdateState.Init) Assert.Equal(UpdateStep.Schedule, plan.Step);
        else if (facts.Admission.Reason is not null)
            Assert.Equal((UpdateStep.Wait, UpdateReasons.ThermalDefer), (plan.Step, plan.Reason));
        else
            Assert.Equal(state switch
            {
                UpdateState.Scheduled => UpdateStep.BeginDownload,
                UpdateState.Downloading => facts.HasManifest ? UpdateStep.FetchChunks : UpdateStep.FetchManifest,
                UpdateState.Verifying => UpdateStep.Verify,
                _ => UpdateStep.Stage,
            }, plan.Step);
    }

    /// <summary>A time to try again that a wrong clock wrote does not count: no back-off is that long.</summary>
    [Theory]
    [InlineData("downloading", 300, 0, true)]
    [InlineData("downloading", 376, 0, false)]
    [InlineData("downloading", 20 * 86_400, 86_400, false)]
    [InlineData("scheduled", 3600, 7200, true)] // the command's own jitter
    [InlineData("scheduled", 20 * 86_400, 7200, false)]
    public void Next_RetryInTheFuture_WaitsAtMostTheLongestDelay(string state, double seconds, double jitter, bool waits)
    {
        var now = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        var update = new UpdateRecord("u", new UpdateCommand { Bundle = "b", JitterS = jitter }, Enum.Parse<UpdateState>(state, true))
        {
            NextRetry = now.AddSeconds(seconds)
        };
        Assert.Equal(waits, UpdatePlanner.Next(update, new UpdateFacts { Now = now }).Step == UpdateStep.Wait);
    }
}
