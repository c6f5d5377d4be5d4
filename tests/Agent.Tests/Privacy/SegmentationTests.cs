using EdgeAgent.Privacy.Entities;

namespace EdgeAgent.Tests.Privacy;

/// <summary>What is taken of a sentence's possible entities.</summary>
public sealed class SegmentationTests
{
    /// <summary>Against all cuts, one by one.</summary>
    [Fact]
    public void Probabilities_RandomSegments_AreThoseOfAllCuts()
    {
        var random = new Random(5);
        for (var trial = 0; trial < 20; trial++)
        {
            const int count = 5;
            float Any() => (random.NextSingle() - 0.5f) * 6;
            var outside = Enumerable.Range(0, count).Select(_ => Any()).ToArray();
            var transitions = Enumerable.Range(0, Tagger.Labels * Tagger.Labels).Select(_ => Any()).ToArray();
            var segments = new List<Segment>();
            for (var start = 0; start < count; start++)
                for (var end = start + 1; end <= Math.Min(count, start + 3); end++)
                    for (var type = 0; type < 3; type++)
                        if (random.Next(3) > 0) segments.Add(new Segment(start, end, type, Any()));
            var weights = new double[segments.Count];
            var total = 0d;
            void Walk(int position, int previous, double score, List<int> taken)
            {
                if (position == count)
                {
                    total += Math.Exp(score);
                    foreach (var s in taken) weights[s] += Math.Exp(score);
                    return;
                }
                double T(int kind) => previous < 0 ? 0 : transitions[Tagger.Head(previous) * Tagger.Labels + Tagger.Head(kind)];
                Walk(position + 1, 0, score + outside[position] + T(0), taken);
                for (var s = 0; s < segments.Count; s++)
                    if (segments[s].Start == position)
                        Walk(segments[s].End, segments[s].Type + 1, score + segments[s].Score + T(segments[s].Type + 1), [.. taken, s]);
            }
            Walk(0, -1, 0, []);
            var probabilities = Segmentation.Probabilities(segments, outside, transitions);
            for (var s = 0; s < weights.Length; s++) Assert.Equal(weights[s] / total, probabilities[s], 9);
        }
    }

    /// <summary>No entity is likelier than either type alone, yet most likely something is there.</summary>
    [Fact]
    public void Choose_TypeInDoubt_IsTakenAllTheSame()
    {
        List<Segment> segments = [new(1, 5, 0, 0), new(1, 5, 1, 0)];
        Assert.Equal(segments[1], Assert.Single(Segmentation.Choose(segments, [0.3, 0.31], 6)));
    }

    [Fact]
    public void Choose_EndInDoubt_IsTakenWhereItIsLikeliest()
    {
        List<Segment> segments = [new(0, 3, 0, 0), new(0, 4, 0, 0)];
        Assert.Equal(segments[0], Assert.Single(Segmentation.Choose(segments, [0.5, 0.25], 4)));
    }

    [Theory]
    [InlineData(0.1, 0)]
    [InlineData(0.9, 1)]
    public void Choose_OneEntity_IsTakenIfItIsLikely(double probability, int taken) =>
        Assert.Equal(taken, Segmentation.Choose([new(2, 5, 0, 0)], [probability], 8).Count());

    [Fact]
    public void Choose_OverlappingEntities_AreNeverBothTaken()
    {
        List<Segment> segments = [new(0, 3, 0, 0), new(2, 5, 1, 0), new(5, 6, 2, 0)];
        Assert.Equal([segments[2], segments[1]], Segmentation.Choose(segments, [0.45, 0.55, 0.9], 6));
    }

    [Fact]
    public void Choose_Nothing_IsNothing() => Assert.Empty(Segmentation.Choose([], [], 4));
}
