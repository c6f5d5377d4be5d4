using System.Text;
using EdgeAgent.Fleet;

namespace EdgeAgent.Tests.Fleet;

public sealed class RolloutNewsTests
{
    private static readonly RolloutRecord Rollout = new() { Id = "r1", Bundle = "b", Stages = ["1", "100%"], Devices = ["d1", "d2"] };
    private readonly SiteView _view = new("plant");
    private readonly RolloutNews _news = new();

    private string[] Say(string status)
    {
        _view.Take("edge/v1/plant/d1/cmd/model-update/r1/status", Encoding.UTF8.GetBytes(status));
        return [.. _news.Since(Rollout, _view).Select(c => c.Text)];
    }

    [Fact]
    public void Since_StatesAndReasons_AreOneLineEach()
    {
        Assert.Equal(["d1: downloading 5 of 9 bytes", "stage 1 of 2 (1): d1"],
            Say("""{"state":"downloading","bytes_done":5,"bytes_total":9}"""));
        Assert.Empty(Say("""{"state":"downloading","bytes_done":7,"bytes_total":9}""")); // bytes alone are no change
        Assert.Equal(["d1: failed (INCOMPATIBLE 404 Not Found)"],
            Say("""{"state":"failed","reason":"INCOMPATIBLE","detail":"404 Not Found"}"""));
        var end = Assert.Single(_news.Since(Rollout with { State = RolloutState.Aborted }, _view));
        Assert.Equal("rollout aborted: 0 committed, 1 failed or cancelled, 1 not asked", end.Text);
        Assert.Equal(1, end.Json["failed"]!.GetValue<int>());
    }
}
