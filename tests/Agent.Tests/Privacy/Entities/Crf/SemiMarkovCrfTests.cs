using EdgeAgent.Privacy.Entities;
using EdgeAgent.Privacy.Entities.Crf;

namespace EdgeAgent.Tests.Privacy.Entities.Crf;

public sealed class SemiMarkovCrfTests
{
    private const int Count = 5, MaxLength = 3;

    /// <summary>The partition and every probability equal sums over all segmentations, one by one.</summary>
    [Fact]
    public void Sums_RandomSegments_EqualThoseOverAllSegmentations()
    {
        var random = new Random(5);
        for (var trial = 0; trial < 20; trial++)
        {
            float Any() => (random.NextSingle() - 0.5f) * 6;
            float[] outside = [.. Enumerable.Range(0, Count).Select(_ => Any())],
                transitions = [.. Enumerable.Range(0, EntityLabels.Count * EntityLabels.Count).Select(_ => Any())];
            Segment[] segments = [.. from start in Enumerable.Range(0, Count)
                from end in Enumerable.Range(start + 1, Math.Min(MaxLength, Count - start))
                from type in Enumerable.Range(0, EntityLabels.Types.Count)
                where random.Next(3) > 0
                select new Segment(start, end, type, Any())];
            var expected = new Enumeration(segments, outside, transitions);
            var field = new SemiMarkovCrf(segments, outside, transitions);
            Assert.Equal(Math.Log(expected.Total), field.LogPartition, 9);
            for (var s = 0; s < segments.Length; s++)
            {
                Assert.Equal(expected.Segments[s] / expected.Total, field.Probability(s), 9);
                Assert.Equal(field.Probability(s), field.Probabilities()[s]);
            }
            for (var i = 0; i < Count; i++) Assert.Equal(expected.Outside[i] / expected.Total, field.ProbabilityOutside(i), 9);
            for (var i = 1; i < Count; i++)
                for (var p = 0; p < SemiMarkovCrf.Kinds; p++)
                    for (var k = 0; k < SemiMarkovCrf.Kinds; k++)
                        Assert.Equal(expected.Pairs.GetValueOrDefault((i, p, k)) / expected.Total, field.Probability(i, p, k), 9);
        }
    }

    /// <summary>Weights of all segmentations, of those with a segment, a position outside, and a pair of kinds at a position.</summary>
    private sealed class Enumeration
    {
        private readonly Segment[] _segments;
        private readonly float[] _outside, _transitions;
        private readonly List<(int Position, int Kind, int Segment)> _taken = [];

        public Enumeration(Segment[] segments, float[] outside, float[] transitions)
        {
            (_segments, _outside, _transitions, Segments) = (segments, outside, transitions, new double[segments.Length]);
            Walk(0, 0);
        }

        public double Total { get; private set; }
        public double[] Segments { get; }
        public double[] Outside { get; } = new double[Count];
        public Dictionary<(int Position, int Previous, int Kind), double> Pairs { get; } = [];

        private void Walk(int position, double score)
        {
            if (position == _outside.Length)
            {
                AddAll(Math.Exp(score));
                return;
            }
            Take(position, position + 1, 0, -1, score + _outside[position]);
            for (var s = 0; s < _segments.Length; s++)
                if (_segments[s].Start == position) Take(position, _segments[s].End, _segments[s].Type + 1, s, score + _segments[s].Score);
        }

        private void Take(int position, int end, int kind, int segment, double score)
        {
            if (_taken.Count > 0)
                score += _transitions[SemiMarkovCrf.Label(_taken[^1].Kind) * EntityLabels.Count + SemiMarkovCrf.Label(kind)];
            _taken.Add((position, kind, segment));
            Walk(end, score);
            _taken.RemoveAt(_taken.Count - 1);
        }

        private void AddAll(double weight)
        {
            Total += weight;
            var previous = -1;
            foreach (var (position, kind, segment) in _taken)
            {
                if (segment >= 0) Segments[segment] += weight;
                else Outside[position] += weight;
                if (previous >= 0) Pairs[(position, previous, kind)] = Pairs.GetValueOrDefault((position, previous, kind)) + weight;
                previous = kind;
            }
        }
    }
}
