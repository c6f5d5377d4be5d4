namespace EdgeAgent.Inference.Engine;

/// <summary>
/// How long a step takes: the median of the last measurements, so that one slow moment (a cold disk, a stopped process) says nothing. It
/// fades while nothing is measured, since what was true then need not be true now. Not safe for concurrent use.
/// </summary>
internal sealed class StepEstimate(TimeProvider clock)
{
    /// <summary>Measurements of which the median is taken.</summary>
    public const int Capacity = 31;

    /// <summary>The estimate halves in this time without a measurement.</summary>
    public static readonly TimeSpan HalfLife = TimeSpan.FromSeconds(10);

    private readonly double[] _latest = new double[Capacity];
    private readonly double[] _sorted = new double[Capacity];
    private int _count;
    private double _median;
    private long _at;

    /// <summary>Adds a measurement.</summary>
    public void Add(double value)
    {
        _latest[_count++ % Capacity] = value;
        var sorted = _sorted.AsSpan(0, Math.Min(_count, Capacity));
        _latest.AsSpan(0, sorted.Length).CopyTo(sorted);
        sorted.Sort();
        (_median, _at) = (sorted[(sorted.Length - 1) / 2], clock.GetTimestamp());
    }

    /// <summary>The median, whatever its age; 0 before the first measurement.</summary>
    public double Median => _median;

    /// <summary>Time since the last measurement.</summary>
    public TimeSpan Age => clock.GetElapsedTime(_at);

    /// <summary>The estimate now; 0 before the first measurement.</summary>
    public double Now => _median == 0 ? 0 : _median * Fade(Age);

    /// <summary>What is left of a measurement of this age, 0..1.</summary>
    public static double Fade(TimeSpan age) => Math.Pow(0.5, Math.Max(0, age / HalfLife - 1));
}
