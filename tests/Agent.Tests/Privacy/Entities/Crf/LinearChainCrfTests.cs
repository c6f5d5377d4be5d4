using EdgeAgent.Privacy.Entities;
using EdgeAgent.Privacy.Entities.Crf;

namespace EdgeAgent.Tests.Privacy.Entities.Crf;

public sealed class LinearChainCrfTests
{
    private const int Count = 4, Labels = EntityLabels.Count;

    /// <summary>Weights are single precision, and the backward sums add two of them before they go on in double.</summary>
    private const double Tolerance = 1e-6;

    private static (float[] Emissions, float[] Transitions) Weights(Random random) =>
        ([.. Enumerable.Range(0, Count * Labels).Select(_ => (random.NextSingle() - 0.5f) * 6)],
            [.. Enumerable.Range(0, Labels * Labels).Select(_ => (random.NextSingle() - 0.5f) * 6)]);

    /// <summary>All label sequences that are allowed, with their log weights.</summary>
    private static List<(int[] Labels, double Score)> All(float[] emissions, float[] transitions)
    {
        List<(int[] Labels, double Score)> all = [([], 0)];
        for (var i = 0; i < Count; i++)
            all = [.. from sequence in all
                from label in Enumerable.Range(0, Labels)
                let previous = i == 0 ? -1 : sequence.Labels[^1]
                where EntityLabels.MayFollow(previous, label)
                select ((int[])[.. sequence.Labels, label],
                    sequence.Score + emissions[i * Labels + label] + (i == 0 ? 0 : transitions[previous * Labels + label]))];
        return all;
    }

    /// <summary>The partition and every probability equal sums over all label sequences, one by one.</summary>
    [Fact]
    public void Sums_RandomWeights_EqualThoseOverAllSequences()
    {
        var (emissions, transitions) = Weights(new Random(3));
        var all = All(emissions, transitions);
        var total = all.Sum(s => Math.Exp(s.Score));
        var field = new LinearChainCrf(emissions, transitions);
        Assert.Equal(Math.Log(total), field.LogPartition, Tolerance);
        for (var i = 0; i < Count; i++)
            for (var l = 0; l < Labels; l++)
                Assert.Equal(all.Where(s => s.Labels[i] == l).Sum(s => Math.Exp(s.Score)) / total, field.Probability(i, l), Tolerance);
        for (var i = 1; i < Count; i++)
            for (var p = 0; p < Labels; p++)
                for (var l = 0; l < Labels; l++)
                    Assert.Equal(all.Where(s => s.Labels[i - 1] == p && s.Labels[i] == l).Sum(s => Math.Exp(s.Score)) / total,
                        field.Probability(i, p, l), Tolerance);
    }

    [Fact]
    public void Decode_RandomWeights_IsTheLikeliestSequence()
    {
        var random = new Random(4);
        for (var trial = 0; trial < 50; trial++)
        {
            var (emissions, transitions) = Weights(random);
            var labels = new byte[Count];
            LinearChainCrf.Decode(emissions, transitions, labels);
            Assert.Equal(All(emissions, transitions).MaxBy(s => s.Score).Labels, labels.Select(l => (int)l));
        }
    }
}
