using EdgeAgent.Privacy;

namespace EdgeAgent.Tests.Privacy;

public sealed class SpanResolverTests
{
    [Fact]
    public void Resolve_Conflicts_FollowTheStatedRule()
    {
        Finding Make(int start, int end, string type, double score, bool validated) => new(start, end, type, score, "t", validated);
        // validated beats longer; longer beats surer; surer beats priority; priority last
        Assert.Equal("IBAN", Assert.Single(SpanResolver.Resolve([Make(0, 20, "PERSON", 1, false), Make(5, 10, "IBAN", 0.5, true)])).Type);
        Assert.Equal("LOCATION",
            Assert.Single(SpanResolver.Resolve([Make(0, 20, "LOCATION", 0.5, false), Make(5, 10, "PHONE", 1, false)])).Type);
        Assert.Equal("QQ", Assert.Single(SpanResolver.Resolve([Make(0, 9, "PHONE", 0.5, false), Make(0, 9, "QQ", 0.8, false)])).Type);
        Assert.Equal("PHONE", Assert.Single(SpanResolver.Resolve([Make(0, 9, "QQ", 0.5, false), Make(0, 9, "PHONE", 0.5, false)])).Type);
        Assert.Equal(2, SpanResolver.Resolve([Make(0, 5, "A", 1, false), Make(5, 9, "B", 1, false)]).Count);
        Assert.Equal(["A", "C"],
            SpanResolver.Resolve([Make(0, 6, "A", 1, false), Make(5, 8, "B", 1, false), Make(7, 12, "C", 1, false)]).Select(f => f.Type));
    }
}
