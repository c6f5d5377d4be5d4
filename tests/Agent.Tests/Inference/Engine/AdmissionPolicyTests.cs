using EdgeAgent.Inference.Engine;

namespace EdgeAgent.Tests.Inference.Engine;

public sealed class AdmissionPolicyTests
{
    private static readonly EngineLoad Idle = new(Rows: 4, Active: 0, Waiting: 0, MaxWaiting: 8, QueuedPrefill: 0, PrefillRate: 1000,
        StepSeconds: 0.01, AnswerTokens: 50);

    private static readonly EngineLoad Light = Idle with { Active = 1 };

    /// <summary>Whatever was estimated once: if an idle engine refused, no step would ever correct it.</summary>
    [Theory]
    [InlineData(5, 0.01)]
    [InlineData(0.001, 30)]
    public void Refuse_Idle_Admits(double seconds, double step) =>
        Assert.Null(AdmissionPolicy.Refuse(Idle with { StepSeconds = step }, 100, 128, TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Refuse_NothingMeasuredYet_Admits() =>
        Assert.Null(AdmissionPolicy.Refuse(Light with { PrefillRate = 0, StepSeconds = 0 }, 100, 128, TimeSpan.FromMilliseconds(1)));

    [Fact]
    public void Refuse_DeadlineBeforeThePredictedEnd_RefusesAtOnce()
    {
        // 100 prompt tokens take 0.1 s and 50 answer tokens 0.5 s
        Assert.NotNull(AdmissionPolicy.Refuse(Light, 100, 128, TimeSpan.FromSeconds(0.55)));
        Assert.Null(AdmissionPolicy.Refuse(Light, 100, 128, TimeSpan.FromSeconds(0.65)));
        Assert.Null(AdmissionPolicy.Refuse(Light, 100, 10, TimeSpan.FromSeconds(0.25))); // asks for 10 tokens only
    }

    [Fact]
    public void Refuse_RowsBusy_CountsTheTurnsAhead()
    {
        var busy = Idle with { Active = 4, Waiting = 3 };
        // one turn of 50 steps before its own: 0.1 + 0.5 + 0.5 s
        Assert.NotNull(AdmissionPolicy.Refuse(busy, 100, 128, TimeSpan.FromSeconds(1.05)));
        Assert.Null(AdmissionPolicy.Refuse(busy, 100, 128, TimeSpan.FromSeconds(1.15)));
    }

    [Fact]
    public void Refuse_QueueFull_RefusesWithTheExpectedWait()
    {
        var wait = AdmissionPolicy.Refuse(Idle with { Active = 4, Waiting = 8 }, 100, 128, null);
        Assert.InRange(wait!.Value.TotalSeconds, 1, 2.5); // three turns of 0.5 s and its prefill
    }
}
