namespace EdgeAgent.Inference.Engine;

/// <summary>
/// How long a run takes by its size (rows of a decode step, tokens of a prefill chunk): a median for each size that was measured, straight
/// lines between them. Sizes above 16 share a median with neighbours within 19 %. Fades while nothing is measured, as
/// <see cref="StepEstimate"/> does. Not safe for concurrent use.
/// </summary>
internal sealed class CostCurve(TimeProvider clock, int maxSize)
{
    /// <summary>Share of a run's time that grows with its size where one size alone was measured: the weights are read once.</summary>
    private const double Growth = 0.2;

    private const int Exact = 16, StepsAnOctave = 4;

    /// <summary>Medians older than the newest one by more than this are left out: the device was another one then.</summary>
    private static readonly TimeSpan SameTime = TimeSpan.FromSeconds(30);

    private readonly (int Size, StepEstimate? Seconds)[] _medians = new (int, StepEstimate?)[Index(maxSize) + 1];
    private (int Size, StepEstimate? Seconds) _newest;

    /// <summary>Adds a measurement.</summary>
    public void Add(int size, double seconds)
    {
        var index = Index(Math.Clamp(size, 1, maxSize));
        var estimate = _medians[index].Seconds ?? new StepEstimate(clock);
        estimate.Add(seconds);
        _newest = _medians[index] = (size, estimate);
    }

    /// <summary>Seconds of a run; 0 before the first measurement.</summary>
    public double Seconds(int size)
    {
        if (_newest.Seconds is not { } newest) return 0;
        var (below, above) = Neighbours(size, newest.Age + SameTime);
        var seconds = (below.Seconds, above.Seconds) switch
        {
            ({ } low, { } high) when above.Size > below.Size => low.Median
                + (high.Median - low.Median) * (size - below.Size) / (above.Size - below.Size),
            ({ } low, _) => low.Median * Shape(size) / Shape(below.Size),
            (_, { } high) => high.Median * Shape(size) / Shape(above.Size),
            _ => 0,
        };
        return seconds * StepEstimate.Fade(newest.Age);
    }

    /// <summary>Seconds for each token or row of the largest run that was measured; 0 before the first.</summary>
    public double SecondsEach
    {
        get
        {
            if (_newest.Seconds is not { } newest) return 0;
            var (largest, _) = Neighbours(maxSize, newest.Age + SameTime);
            return Seconds(largest.Size) / largest.Size;
        }
    }

    /// <summary>Size of the largest run that takes at most so many seconds, 1..limit; the limit before the first measurement.</summary>
    public int LargestWithin(double seconds, int limit)
    {
        if (_newest.Seconds is null) return limit;
        var (fits, tooLarge) = (1, limit + 1);
        while (tooLarge - fits > 1)
        {
            var middle = (fits + tooLarge) / 2;
            if (Seconds(middle) <= seconds) fits = middle;
            else tooLarge = middle;
        }
        return fits;
    }

    private ((int Size, StepEstimate? Seconds) Below, (int Size, StepEstimate? Seconds) Above) Neighbours(int size, TimeSpan maxAge)
    {
        (int Size, StepEstimate? Seconds) below = default, above = default;
        foreach (var median in _medians)
        {
            if (median.Seconds is not { } estimate || estimate.Age > maxAge) continue;
            if (median.Size <= size) below = median;
            else
            {
                above = median;
                break;
            }
        }
        return (below, above);
    }

    private static double Shape(int size) => 1 - Growth + Growth * size;

    private static int Index(int size) => size <= Exact
        ? size - 1 : Exact - 1 + (int)Math.Ceiling(StepsAnOctave * Math.Log2((double)size / Exact));
}
