using System.Text.Json.Nodes;
using EdgeAgent.Fleet;

namespace EdgeAgent.Tests.Fleet;

public sealed class ReleaseRatingsTests
{
    [Theory]
    [InlineData(20, 80, 20, 80, false)] // 4.0 as before
    [InlineData(20, 76, 20, 80, false)] // 3.8
    [InlineData(20, 70, 20, 80, true)] // 3.5: a sixth less above 1
    [InlineData(9, 20, 20, 80, false)] // too few say so
    [InlineData(20, 40, 9, 45, false)] // too few said so before
    public void IsWorseThan_FewerStars_CountsFromEnoughPeople(int ratings, int sum, int before, int sumBefore, bool isWorse) =>
        Assert.Equal(isWorse,
            new ReleaseRatings(8, ratings, sum, 0, 0).IsWorseThan(new ReleaseRatings(7, before, sumBefore, 0, 0), 0.1, 10));

    [Fact]
    public void IsWorseThan_FewerResolved_IsWorse()
    {
        Assert.True(new ReleaseRatings(8, 0, 0, 15, 5).IsWorseThan(new ReleaseRatings(7, 0, 0, 18, 2), 0.1, 10));
        Assert.False(new ReleaseRatings(8, 0, 0, 17, 3).IsWorseThan(new ReleaseRatings(7, 0, 0, 18, 2), 0.1, 10));
    }

    [Fact]
    public void Parse_EntriesThatCannotBeRead_AreLeftOut()
    {
        var telemetry = JsonNode.Parse("""
            {"releases":[{"release":7,"answers":900,"ratings":40,"rating_sum":180},{"release":"x"},{"ratings":3},5,
            {"release":8,"ratings":12,"rating_sum":24,"resolved":3,"unresolved":1}]}
            """);
        Assert.Equal([new ReleaseRatings(8, 12, 24, 3, 1), new ReleaseRatings(7, 40, 180, 0, 0)], ReleaseRatings.Parse(telemetry));
        Assert.Empty(ReleaseRatings.Parse(JsonNode.Parse("""{"releases":3}""")));
        Assert.Empty(ReleaseRatings.Parse(null));
    }
}
