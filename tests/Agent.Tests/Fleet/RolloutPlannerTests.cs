using EdgeAgent.Fleet;
using EdgeAgent.Updates;

namespace EdgeAgent.Tests.Fleet;

/// <summary>Twenty devices in stages of 1, 10% and 100%; more than 10% bad devices stop the rollout.</summary>
public sealed class RolloutPlannerTests
{
    private static readonly string[] Devices = [.. Enumerable.Range(0, 20).Select(i => $"d{i:D2}")];

    private readonly HashSet<string> _sent = [];
    private readonly Dictionary<string, DeviceProgress> _progress = [];
    private DateTimeOffset _now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private RolloutRecord _rollout = new()
    {
        Id = "r",
        Bundle = "b",
        Stages = ["1", "10%", "100%"],
        Devices = Devices,
        AbortAbove = 0.1,
        DwellS = 60
    };

    private RolloutPlan Next() => RolloutPlanner.Next(_rollout, _progress, _sent, _now);

    private void Reach(UpdateState state, params IEnumerable<string> devices)
    {
        foreach (var device in devices)
        {
            _sent.Add(device);
            _progress[device] = new DeviceProgress(state);
        }
    }

    /// <summary>Goes to the last stage, whose devices have the command and have not reported.</summary>
    private void EnterLastStage()
    {
        Reach(UpdateState.Committed, "d00", "d01");
        _rollout = _rollout with { Stage = 2 };
        foreach (var device in Devices) _sent.Add(device);
    }

    [Fact]
    public void Next_Begun_SendsToTheFirstStageAndWaitsForIt()
    {
        Assert.Equal(["d00"], Next().Send);
        Reach(UpdateState.Downloading, "d00");
        Assert.Empty(Next().Send);
        Assert.Equal(_rollout, Next().Record);
    }

    [Fact]
    public void Next_StageCommitted_DwellsAndEntersTheNext()
    {
        Reach(UpdateState.Committed, "d00");
        _rollout = Next().Record;
        Assert.Equal(_now, _rollout.StageEndedAt);
        _now += TimeSpan.FromSeconds(30);
        Assert.Equal(0, Next().Record.Stage); // dwells
        _now += TimeSpan.FromSeconds(31);
        _rollout = Next().Record;
        Assert.Equal((1, null), (_rollout.Stage, _rollout.StageEndedAt));
        Assert.Equal(["d01"], Next().Send);
        Reach(UpdateState.Committed, "d01");
        _rollout = Next().Record;
        _now += TimeSpan.FromSeconds(61);
        _rollout = Next().Record;
        Assert.Equal(18, Next().Send.Count);
    }

    [Fact]
    public void Next_TooManyFailed_AbortsAndWithdrawsFromThoseNotCommitted()
    {
        EnterLastStage();
        Reach(UpdateState.RolledBack, Devices[2], Devices[3]);
        Assert.Equal(RolloutState.Running, Next().Record.State); // 2 of 20 is not above 10 %
        Reach(UpdateState.Failed, Devices[4]);
        var plan = Next();
        Assert.Equal(RolloutState.Aborted, plan.Record.State);
        Assert.Equal(Devices[5..], plan.Withdraw.Order());
        Assert.Empty(plan.Send);
    }

    [Fact]
    public void Next_TooManyRatedWorse_Aborts()
    {
        EnterLastStage();
        Reach(UpdateState.Committed, Devices);
        foreach (var device in Devices[..3]) _progress[device] = new DeviceProgress(UpdateState.Committed, IsWorse: true);
        Assert.Equal(RolloutState.Aborted, Next().Record.State); // 3 of 20
        _progress[Devices[2]] = new DeviceProgress(UpdateState.Committed);
        Assert.Equal(RolloutState.Done, Next().Record.State);
    }

    [Theory]
    [InlineData("done")]
    [InlineData("aborted")]
    public void Next_Over_DoesNothing(string state)
    {
        _rollout = _rollout with { State = Enum.Parse<RolloutState>(state, ignoreCase: true) };
        var plan = Next();
        Assert.Equal(_rollout, plan.Record);
        Assert.Empty(plan.Send);
        Assert.Empty(plan.Withdraw);
    }

    [Fact]
    public void Abort_Running_WithdrawsFromThoseNotCommitted()
    {
        EnterLastStage();
        Reach(UpdateState.Trial, Devices[2]);
        var plan = RolloutPlanner.Abort(_rollout, _progress, _sent);
        Assert.Equal(RolloutState.Aborted, plan.Record.State);
        Assert.Equal(Devices[2..], plan.Withdraw.Order());
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("30", 20)]
    [InlineData("10%", 2)]
    [InlineData("0.1%", 1)]
    [InlineData("51%", 11)]
    public void Count_Stage_IsDevices(string stage, int devices) => Assert.Equal(devices, RolloutPlanner.Count(stage, 20));

    [Theory]
    [InlineData("half")]
    [InlineData("0")]
    [InlineData("101%")]
    [InlineData("")]
    public void Count_NoStage_IsAFormatError(string stage) =>
        Assert.Throws<FormatException>(() => RolloutPlanner.Count(stage, 20));

    /// <summary>The first device is off: after the stage's limit the next in line takes its place, and the rollout goes on.</summary>
    [Fact]
    public void Next_DeviceSilentBeyondTheLimit_IsPassedOver()
    {
        _rollout = _rollout with { StageTimeoutS = 60 };
        var plan = Next();
        Assert.Equal(["d00"], plan.Send);
        _rollout = plan.Record;
        _sent.Add("d00");
        _now += TimeSpan.FromSeconds(59);
        Assert.Empty(Next().Record.PassedOver);
        _now += TimeSpan.FromSeconds(1);
        _rollout = Next().Record;
        Assert.Equal(["d00"], _rollout.PassedOver);
        plan = Next();
        Assert.Equal(["d01"], plan.Send);
        _rollout = plan.Record with { Stage = 2 };
        Reach(UpdateState.Committed, Devices[1..]);
        Assert.Equal(RolloutState.Done, Next().Record.State);
        var counts = RolloutCounts.Of(_rollout, _progress, _sent);
        Assert.Equal((19, 1, 0), (counts.Committed, counts.Silent, counts.Untouched));
        // it comes back and ends: it counts again
        Reach(UpdateState.Failed, "d00");
        Assert.Equal(Devices, RolloutPlanner.StageOf(_rollout, _progress));
    }

    [Fact]
    public void Next_NobodyLeft_Aborts()
    {
        _rollout = _rollout with { StageTimeoutS = 60, PassedOver = Devices };
        foreach (var device in Devices) _sent.Add(device);
        Assert.Equal(RolloutState.Aborted, Next().Record.State);
    }
}
