using EdgeAgent.Inference.Engine;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Inference.Engine;

public sealed class StepPlannerTests
{
    [Theory]
    [InlineData(160, 0, 128)] // nothing decodes: a full chunk
    [InlineData(160, 8, 152)]
    [InlineData(4, 8, 0)]
    public void PrefillBudget_RowsThatDecode_ComeFirst(int budget, int decoding, int expected) =>
        Assert.Equal(expected, StepPlanner.PrefillBudget(budget, decoding, maxChunk: 128));

    [Fact]
    public void PrefillSeconds_NobodyWaits_IsOneStep() => Assert.Equal(0.01, StepPlanner.PrefillSeconds(0.01, 0, 1, null), 9);

    [Fact]
    public void PrefillSeconds_OthersWait_IsAStepForEach() => Assert.Equal(0.05, StepPlanner.PrefillSeconds(0.01, 4, 1, null), 9);

    /// <summary>A prompt of 3 s with 8 s left must take three quarters of the next 4 s.</summary>
    [Fact]
    public void PrefillSeconds_DeadlineNear_IsWhatThePromptNeeds()
    {
        Assert.Equal(0.03, StepPlanner.PrefillSeconds(0.01, 0, 3, 8), 9);
        Assert.Equal(0.01, StepPlanner.PrefillSeconds(0.01, 0, 3, 800), 9);
        Assert.Equal(double.PositiveInfinity, StepPlanner.PrefillSeconds(0.01, 0, 3, 5));
    }

    [Fact]
    public void Tokens_TimeOfAStep_IsTheChunkThatFits()
    {
        var cost = new CostCurve(new FakeTimeProvider(), 128);
        foreach (var size in new[] { 1, 16, 128 }) cost.Add(size, 0.004 + 0.0005 * size);
        var pace = new PrefillPace(0.012, cost);
        Assert.Equal(16, pace.Tokens(0, 128, isFirst: true));
        Assert.Equal(5, pace.Tokens(0, 5, isFirst: true));
        Assert.Equal(6, pace.Tokens(0.0049, 128, isFirst: false));
        Assert.Equal(0, pace.Tokens(0.009, 128, isFirst: false)); // not even one token fits
        Assert.Equal(1, new PrefillPace(0.001, cost).Tokens(0, 128, isFirst: true)); // every prompt goes on
        Assert.Equal(128, PrefillPace.Free.Tokens(1, 128, isFirst: false));
    }
}
