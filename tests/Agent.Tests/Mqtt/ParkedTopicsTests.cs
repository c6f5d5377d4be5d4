using System.Globalization;
using EdgeAgent.Mqtt;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Mqtt;

public sealed class ParkedTopicsTests
{
    [Fact]
    public void Topic_IsRememberedForItsTime()
    {
        var clock = new FakeTimeProvider();
        var topics = new ParkedTopics(clock);
        topics.Add("clients/a");
        Assert.True(topics.Contains("clients/a"));
        Assert.False(topics.Contains("clients/A"));
        clock.Advance(ParkedTopics.Memory);
        Assert.True(topics.Contains("clients/a"));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(topics.Contains("clients/a"));
    }

    [Fact]
    public void Topics_BeyondTheBound_TheOldestIsForgotten()
    {
        var clock = new FakeTimeProvider();
        var topics = new ParkedTopics(clock);
        for (var i = 0; i <= ParkedTopics.MaxTopics; i++)
        {
            topics.Add(i.ToString(CultureInfo.InvariantCulture));
            clock.Advance(TimeSpan.FromMilliseconds(1));
        }
        Assert.False(topics.Contains("0"));
        Assert.True(topics.Contains("1"));
        Assert.True(topics.Contains(ParkedTopics.MaxTopics.ToString(CultureInfo.InvariantCulture)));
    }
}
