using CsCheck;
using EdgeAgent.Mqtt.Broker;

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
        var level = Gen.Int[0, 2].Select(i => new[] { "a", "b", "+" }[i]);
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
        // by the book: the library's own matcher takes "+/#" not to match "a"
        static bool Matches(string topic, string filter) => Match(topic.Split('/'), filter.Split('/'));
        static bool Match(ReadOnlySpan<string> topic, ReadOnlySpan<string> filter) => filter.Length > 0 && filter[0] == "#"
            || topic.Length == 0 && filter.Length == 0
            || topic.Length > 0 && filter.Length > 0 && (filter[0] == "+" || filter[0] == topic[0]) && Match(topic[1..], filter[1..]);
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
