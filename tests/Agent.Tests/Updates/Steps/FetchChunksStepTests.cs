using EdgeAgent.Updates;

namespace EdgeAgent.Tests.Updates.Steps;

public sealed class FetchChunksStepTests
{
    /// <summary>A device that becomes busy in the middle of a download goes on later, with what it has.</summary>
    [Fact]
    public async Task RunAsync_DeviceBecomesBusy_WaitsAndLosesNothing()
    {
        using var lab = new UpdateLab();
        var (directory, id) = lab.Bundle("v2");
        var asked = 0;
        lab.Admission = () =>
            ++asked > 12 && asked < 40
                ? DeviceAdmission.Judge(new DeviceCondition(false, 9, null), lab.Options) : EdgeAgent.Updates.Admission.Open;
        lab.Reopen();
        var waited = await lab.RunAsync("u1", directory, id);
        Assert.Equal((UpdateState.Downloading, UpdateReasons.ThermalDefer), (waited.State, waited.Reason));
        Assert.Contains("busy", waited.Detail, StringComparison.Ordinal);
        var present = Directory.GetFiles(lab.Slots.IncomingPath, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length);
        Assert.True(present > 0);
        asked = 100;
        lab.Reopen();
        Assert.Equal(UpdateState.Committed, (await lab.ContinueAsync("u1")).State);
    }
}
