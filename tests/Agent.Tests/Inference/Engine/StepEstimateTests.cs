using EdgeAgent.Inference.Engine;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Inference.Engine;

public sealed class StepEstimateTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void Now_NothingMeasured_IsZero() => Assert.Equal(0, new StepEstimate(_clock).Now);

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    public void Now_AFewSlowSteps_StaysTheMedian(int slow)
    {
        var estimate = new StepEstimate(_clock);
        for (var i = 0; i < StepEstimate.Capacity; i++) estimate.Add(i < slow ? 30 : 0.01);
        Assert.Equal(0.01, estimate.Now);
    }

    [Fact]
    public void Now_StepsThatBecameSlow_FollowsWithinTheirNumber()
    {
        var estimate = new StepEstimate(_clock);
        for (var i = 0; i < 1000; i++) estimate.Add(0.01);
        for (var i = 0; i < StepEstimate.Capacity / 2 + 1; i++) estimate.Add(0.02);
        Assert.Equal(0.02, estimate.Now);
    }

    [Fact]
    public void Now_LongWithoutAStep_Fades()
    {
        var estimate = new StepEstimate(_clock);
        estimate.Add(8);
        Assert.Equal(8, estimate.Now);
        _clock.Advance(StepEstimate.HalfLife);
        Assert.Equal(8, estimate.Now, 6);
        _clock.Advance(StepEstimate.HalfLife * 3);
        Assert.Equal(1, estimate.Now, 6);
    }
}
