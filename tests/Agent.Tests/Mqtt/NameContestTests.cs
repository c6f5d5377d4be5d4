using System.Text;
using EdgeAgent.Mqtt;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Mqtt;

public sealed class NameContestTests
{
    private readonly FakeTimeProvider _clock = new();

    private static byte[] State(string session, bool isOnline = true) =>
        Encoding.UTF8.GetBytes($$"""{"online":{{(isOnline ? "true" : "false")}},"session":"{{session}}"}""");

    [Theory]
    [InlineData("a", false)]
    [InlineData("c", true)]
    public void Hear_RivalAfterSpeaking_TheLaterYields(string rival, bool isEarlier)
    {
        var contest = new NameContest("b", _clock);
        contest.Spoken();
        Assert.Equal(!isEarlier, contest.Hear(State(rival)));
        Assert.Equal(!isEarlier, contest.MustYield);
        _clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Null(contest.MustYield);
    }

    /// <summary>What stood on the topic before may be this device's own, from before a restart.</summary>
    [Fact]
    public void Hear_BeforeSpeaking_IsNoRival()
    {
        var contest = new NameContest("b", _clock);
        Assert.False(contest.Hear(State("a")));
        Assert.Null(contest.MustYield);
    }

    [Theory]
    [InlineData("{\"online\":false,\"session\":\"a\"}")]
    [InlineData("{\"online\":true,\"session\":\"b\"}")]
    [InlineData("{\"online\":true,\"session\":1}")]
    [InlineData("[]")]
    [InlineData("garbage")]
    [InlineData("")]
    public void Hear_OwnWillOrGarbage_IsNoRival(string state)
    {
        var contest = new NameContest("b", _clock);
        contest.Spoken();
        Assert.False(contest.Hear(Encoding.UTF8.GetBytes(state)));
        Assert.Null(contest.MustYield);
    }
}
