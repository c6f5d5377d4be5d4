using EdgeAgent.Inference.Engine;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Inference.Engine;

public sealed class CostCurveTests
{
    private readonly FakeTimeProvider _clock = new();

    private CostCurve Curve(int max = 64) => new(_clock, max);

    [Fact]
    public void Seconds_NothingMeasured_IsZeroAndEverythingFits()
    {
        Assert.Equal(0, Curve().Seconds(4));
        Assert.Equal(64, Curve().LargestWithin(0.001, 64));
    }

    [Fact]
    public void Seconds_BetweenTwoSizes_IsOnTheLine()
    {
        var curve = Curve();
        curve.Add(2, 0.010);
        curve.Add(8, 0.022);
        Assert.Equal(0.010, curve.Seconds(2), 9);
        Assert.Equal(0.016, curve.Seconds(5), 9);
        Assert.Equal(0.022, curve.Seconds(8), 9);
        Assert.True(curve.Seconds(16) > 0.022);
        Assert.True(curve.Seconds(1) < 0.010);
    }

    [Fact]
    public void Seconds_OneSlowRun_StaysTheMedian()
    {
        var curve = Curve();
        for (var i = 0; i < 10; i++) curve.Add(4, i == 3 ? 30 : 0.01);
        Assert.Equal(0.01, curve.Seconds(4), 9);
    }

    /// <summary>A device that has become slow is known by the sizes it runs now.</summary>
    [Fact]
    public void Seconds_OtherSizesMeasuredLongAgo_AreLeftOut()
    {
        var curve = Curve();
        curve.Add(1, 0.001);
        _clock.Advance(TimeSpan.FromMinutes(5));
        curve.Add(8, 0.080);
        Assert.True(curve.Seconds(2) > 0.020, $"{curve.Seconds(2)}");
    }

    [Fact]
    public void Seconds_LongWithoutARun_Fades()
    {
        var curve = Curve();
        curve.Add(4, 8);
        _clock.Advance(StepEstimate.HalfLife * 4);
        Assert.Equal(1, curve.Seconds(4), 6);
    }

    [Fact]
    public void LargestWithin_Line_IsItsInverse()
    {
        var curve = new CostCurve(_clock, 128);
        foreach (var size in new[] { 1, 8, 32, 128 }) curve.Add(size, 0.004 + 0.0005 * size);
        Assert.Equal(12, curve.LargestWithin(0.0102, 128));
        Assert.Equal(1, curve.LargestWithin(0.001, 128)); // never none
        Assert.Equal(128, curve.LargestWithin(10, 128));
        Assert.Equal(0.068 / 128, curve.SecondsEach, 9);
    }
}
