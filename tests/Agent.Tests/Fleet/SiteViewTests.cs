using System.Text;
using EdgeAgent.Fleet;
using EdgeAgent.Updates;

namespace EdgeAgent.Tests.Fleet;

public sealed class SiteViewTests
{
    private static readonly RolloutRecord Rollout = new() { Id = "r1", Bundle = "b", Stages = ["1"], Devices = ["d1"] };

    private readonly SiteView _view = new("plant");

    private void Take(string topic, string json) => _view.Take($"edge/v1/plant/{topic}", Encoding.UTF8.GetBytes(json));

    [Fact]
    public void Take_TopicsOfADevice_AreItsView()
    {
        Take("d1/state", """{"online":true}""");
        Take("d2/model", """{"release":7}""");
        Assert.Equal(["d1", "d2"], _view.Devices);
        Assert.Equal((true, false), (_view.IsOnline("d1"), _view.IsOnline("d2")));
        Assert.Equal("7", _view.ModelOf("d2")!["release"]!.ToString());
    }

    [Fact]
    public void Take_State_HasTheLibrary()
    {
        Take("d1/state", """{"online":true,"library":"0123abcd","library_release":"7"}""");
        Take("d2/state", """{"online":true}""");
        Assert.Equal("""{"version":"0123abcd","release":"7"}""", _view.LibraryOf("d1")!.ToJsonString());
        Assert.Null(_view.LibraryOf("d2"));
    }

    [Theory]
    [InlineData("rolled-back", "RolledBack")]
    [InlineData("downloading", "Downloading")]
    public void Take_Status_IsTheDevicesProgress(string word, string state)
    {
        Take("d1/cmd/model-update/r1/status", $$$"""{"state":"{{{word}}}","bytes_done":5,"bytes_total":9,"gate":{"leaks":0}}""");
        Assert.Equal(Enum.Parse<UpdateState>(state), _view.ProgressOf(Rollout)["d1"].State);
        var status = _view.StatusOf("d1", Rollout)!;
        Assert.Equal((5, 9), (status.BytesDone, status.BytesTotal));
        Assert.Equal("0", status.Body["gate"]!["leaks"]!.ToString()); // what the record does not name is kept
    }

    [Fact]
    public void StatusOf_NoRollout_IsTheNewest()
    {
        Take("d1/cmd/model-update/u2/status", """{"state":"failed","updated_at":"2026-03-02T00:00:00+00:00"}""");
        Take("d1/cmd/model-update/u1/status", """{"state":"committed","updated_at":"2026-03-01T00:00:00+00:00"}""");
        Assert.Equal(UpdateState.Failed, _view.StatusOf("d1", null)!.State);
    }

    [Fact]
    public void Take_CommandAndItsClearing_IsWhoHasIt()
    {
        Take("d1/cmd/model-update/r1", "{}");
        Take("d2/cmd/model-update/other", "{}");
        Assert.Equal(["d1"], _view.SentOf(Rollout));
        Take("d1/cmd/model-update/r1", "");
        Assert.Empty(_view.SentOf(Rollout));
    }

    [Theory]
    [InlineData("d1/state", "{")]
    [InlineData("d1/state", "[]")]
    [InlineData("d1/cmd/model-update/r1/status", "5")]
    [InlineData("d1/cmd/model-update/r1/status", """{"state":"unheard-of"}""")]
    [InlineData("d1/cmd/model-update/r1/status", """{"bytes_done":"many"}""")]
    [InlineData("fleet/rollout", """{"id":"r"}""")]
    [InlineData("d1/unheard-of", "{}")]
    public void Take_Garbage_IsIgnored(string topic, string json)
    {
        Take(topic, json);
        Assert.Empty(_view.Devices);
        Assert.Empty(_view.ProgressOf(Rollout));
        Assert.Null(_view.Rollout);
    }

    /// <summary>The format on the broker: another fleet manager, also an older one, resumes the rollout.</summary>
    [Fact]
    public void Take_RetainedRollout_IsRead()
    {
        Take("fleet/rollout", """
            {"id":"r1","bundle":"b","stages":["1","100%"],"devices":["d1","d2"],"abort_above":0.1,"worse_by":0.2,"bandwidth":0,
            "jitter_s":0,"dwell_s":3,"state":"aborted","stage_ended_at":"2026-03-01T00:00:00+00:00","stage":1}
            """);
        Assert.Equal((RolloutState.Aborted, 1, 0.1, 3), (_view.Rollout!.State, _view.Rollout.Stage, _view.Rollout.AbortAbove,
            _view.Rollout.DwellS));
    }
}
