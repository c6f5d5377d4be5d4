using EdgeAgent.Privacy.Entities.Crf;

namespace EdgeAgent.Tests.Privacy.Entities.Crf;

/// <summary>Which of a sentence's possible entities are taken.</summary>
public sealed class MinimumRiskDecoderTests
{
    /// <summary>No entity is likelier than either type alone, yet most likely something is there.</summary>
    [Fact]
    public void Choose_TypeInDoubt_IsTakenAllTheSame()
    {
        List<Segment> segments = [new(1, 5, 0, 0), new(1, 5, 1, 0)];
        Assert.Equal(segments[1], Assert.Single(MinimumRiskDecoder.Choose(segments, [0.3, 0.31], 6)));
    }

    [Fact]
    public void Choose_EndInDoubt_IsTakenWhereItIsLikeliest()
    {
        List<Segment> segments = [new(0, 3, 0, 0), new(0, 4, 0, 0)];
        Assert.Equal(segments[0], Assert.Single(MinimumRiskDecoder.Choose(segments, [0.5, 0.25], 4)));
    }

    [Theory]
    [InlineData(0.1, 0)]
    [InlineData(0.9, 1)]
    public void Choose_OneEntity_IsTakenIfItIsLikely(double probability, int taken) =>
        Assert.Equal(taken, MinimumRiskDecoder.Choose([new(2, 5, 0, 0)], [probability], 8).Count());

    [Fact]
    public void Choose_OverlappingEntities_AreNeverBothTaken()
    {
        List<Segment> segments = [new(0, 3, 0, 0), new(2, 5, 1, 0), new(5, 6, 2, 0)];
        Assert.Equal([segments[2], segments[1]], MinimumRiskDecoder.Choose(segments, [0.45, 0.55, 0.9], 6));
    }

    [Fact]
    public void Choose_Nothing_IsNothing() => Assert.Empty(MinimumRiskDecoder.Choose([], [], 4));
}
