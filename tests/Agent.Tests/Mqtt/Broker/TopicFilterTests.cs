using CsCheck;
using EdgeAgent.Mqtt.Broker;
using MQTTnet;

namespace EdgeAgent.Tests.Mqtt.Broker;

public sealed class TopicFilterTests
{
    [Theory]
    [InlineData("a/#", "a", true)]
    [InlineData("a/#", "a/b/c", true)]
    [InlineData("a/#", "a/#", true)]
    [InlineData("a/+", "a/#", false)]
    [InlineData("a/+", "a/+", true)]
    [InlineData("a/+", "a", false)]
    [InlineData("a/b", "a/+", false)]
    [InlineData("+/b", "a/b", true)]
    [InlineData("#", "$SYS/x", false)]
    [InlineData("+/x", "$SYS/x", false)]
    [InlineData("$SYS/#", "$SYS/x", true)]
    public void Covers_Filters_AsTheProtocolSays(string outer, string inner, bool covers) =>
        Assert.Equal(covers, TopicFilter.Covers(outer, inner));

    /// <summary>A filter that covers another one matches every topic that the other matches.</summary>
    [Fact]
    public void Covers_IsInclusionOfMatches()
    {
        var level = Gen.OneOfConst("a", "b", "+");
        var filter = Gen.Select(level.Array[1, 3], Gen.Bool, (levels, rest) => string.Join('/', rest ? [.. levels, "#"] : levels));
        var topics = new[] { "a", "b" }.SelectMany(x => new[] { x, $"{x}/a", $"{x}/b", $"{x}/a/a", $"{x}/a/b", $"{x}/b/a", $"{x}/b/b",
            $"{x}/a/a/a", $"{x}/c/d/e" }).ToArray();
        Gen.Select(filter, filter).Sample((outer, inner) =>
        {
            var isIncluded = topics.Where(t => Matches(t, inner)).All(t => Matches(t, outer));
            // the topics are samples: coverage implies inclusion, and what is not included is not covered
            if (TopicFilter.Covers(outer, inner)) Assert.True(isIncluded, $"{outer} {inner}");
            if (!isIncluded) Assert.False(TopicFilter.Covers(outer, inner), $"{outer} {inner}");
        }, iter: 5_000);
        static bool Matches(string topic, string filter) =>
            MqttTopicFilterComparer.Compare(topic, filter) == MqttTopicFilterCompareResult.IsMatch;
    }

    [Theory]
    [InlineData("a/#", true)]
    [InlineData("#", true)]
    [InlineData("a/+/b", true)]
    [InlineData("a/#/b", false)]
    [InlineData("a#", false)]
    [InlineData("a/b+", false)]
    [InlineData("", false)]
    public void IsFilter_Wildcards_StandAlone(string filter, bool isFilter) => Assert.Equal(isFilter, TopicFilter.IsFilter(filter));
}
