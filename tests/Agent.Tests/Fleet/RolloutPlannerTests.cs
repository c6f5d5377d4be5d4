using EdgeAgent.Fleet;
using EdgeAgent.Updates;

namespace EdgeAgent.Tests.Fleet;

public sealed class RolloutPlannerTests
{
    [Fact]
    public void Next_Stages_GoOnDwellAndAbort()
    {
        var now = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        string[] devices = [.. Enumerable.Range(0, 20).Select(i => $"d{i:D2}")];
        var rollout = new RolloutRecord
        {
            Id = "r",
            Bundle = "b",
            Stages = ["1", "10%", "100%"],
            Devices = devices,
            AbortAbove = 0.1,
            DwellS = 60
        };
        DeviceProgress In(UpdateState state) => new(state, null, 0, 0, now);
        HashSet<string> sent = [];
        Dictionary<string, DeviceProgress> progress = [];
        RolloutPlan Next() => RolloutPlanner.Next(rollout, progress, sent, now);
        Assert.Equal(["d00"], Next().Send);
        sent.Add("d00");
        progress["d00"] = In(UpdateState.Downloading);
        Assert.Empty(Next().Send);
        progress["d00"] = In(UpdateState.Committed);
        rollout = Next().Record;
        Assert.Equal(now, rollout.StageEndedAt);
        now += TimeSpan.FromSeconds(30);
        Assert.Equal(0, Next().Record.Stage); // dwells
        now += TimeSpan.FromSeconds(31);
        rollout = Next().Record;
        Assert.Equal(1, rollout.Stage);
        Assert.Equal(["d01"], Next().Send);
        sent.Add("d01");
        progress["d01"] = In(UpdateState.Committed);
        rollout = Next().Record;
        now += TimeSpan.FromSeconds(61);
        rollout = Next().Record;
        Assert.Equal(18, Next().Send.Count);
        foreach (var device in devices) sent.Add(device);
        foreach (var device in devices.Skip(2).Take(2)) progress[device] = In(UpdateState.RolledBack);
        Assert.Equal(RolloutRecord.Running, Next().Record.State); // 2 of 20 is not above 10 %
        progress[devices[4]] = In(UpdateState.Failed);
        var plan = Next();
        Assert.Equal(RolloutRecord.Aborted, plan.Record.State);
        Assert.Equal(15, plan.Withdraw.Count);
        Assert.Throws<FormatException>(() => RolloutPlanner.Count("half", 20));
        Assert.Equal(1, RolloutPlanner.Count("0.1%", 20));
        rollout = rollout with { Stages = ["100%"], Stage = 0 };
        foreach (var device in devices) progress[device] = In(UpdateState.Committed);
        foreach (var device in devices.Take(3)) progress[device] = progress[device] with { IsWorse = true };
        Assert.Equal(RolloutRecord.Aborted, Next().Record.State); // 3 of 20 answer worse than before
        progress[devices[2]] = In(UpdateState.Committed);
        Assert.Equal(RolloutRecord.Done, Next().Record.State);
    }
}
