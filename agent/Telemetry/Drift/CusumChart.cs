namespace EdgeAgent.Telemetry.Drift;

/// <summary>Mean and standard deviation of the block means of a statistic in the reference window.</summary>
internal sealed record DriftBaseline(double Mean, double Deviation);

/// <summary>
/// Page's two-sided cumulative sum (Page 1954) of standardised block means: it passes the limit when the mean has moved by more than the
/// slack for some blocks. Pure; not safe for concurrent use.
/// </summary>
internal sealed class CusumChart(DriftBaseline baseline)
{
    /// <summary>
    /// In standard deviations of a block mean: the shift that is forgiven, the sum that raises an alarm, and the largest step of one
    /// block, so that a single odd block raises none. With these a statistic that stays as it was raises an alarm about once in
    /// 10,000 blocks, and one that moves by two deviations within 7.
    /// </summary>
    internal const double Slack = 0.75, Limit = 8, MaxStep = 4;

    private double _up, _down;

    public DriftBaseline Baseline => baseline;

    /// <returns>1 where the mean has risen, -1 where it has fallen, 0 otherwise. After an alarm the sums begin again.</returns>
    public int Add(double blockMean)
    {
        var z = Math.Clamp((blockMean - baseline.Mean) / baseline.Deviation, -MaxStep, MaxStep);
        _up = Math.Max(0, _up + z - Slack);
        _down = Math.Max(0, _down - z - Slack);
        var side = _up > Limit ? 1 : _down > Limit ? -1 : 0;
        if (side != 0) (_up, _down) = (0, 0);
        return side;
    }
}

/// <summary>Collects values of one statistic into means of blocks. Not safe for concurrent use.</summary>
internal sealed class DriftBlock
{
    /// <summary>Values a block.</summary>
    public const int Size = 25;

    private double _sum;
    private int _count;

    /// <returns>The mean of a block that is full with this value; null otherwise.</returns>
    public double? Add(double value)
    {
        _sum += value;
        if (++_count < Size) return null;
        var mean = _sum / Size;
        (_sum, _count) = (0, 0);
        return mean;
    }
}
