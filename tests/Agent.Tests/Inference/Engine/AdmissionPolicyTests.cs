using EdgeAgent.Inference.Engine;

namespace EdgeAgent.Tests.Inference.Engine;

public sealed class AdmissionPolicyTests
{
    // 1 ms for each prompt token, 10 ms for each step whatever its rows
    private static readonly ServiceRates Rates = new(Rows: 4, StepSeconds: _ => 0.010, PromptSeconds: 0.001);
    private static readonly RequestWork Question = new(Prompt: 100, Answer: 50, Deviation: 0);

    private static AdmissionFacts Facts(int running, int ahead, double seconds) => new(Rates, Works(running, new RequestWork(0, 50, 0)),
        Works(ahead, Question), Question, LongestAnswer: 50)
    {
        Remaining = TimeSpan.FromSeconds(seconds),
    };

    private static List<RequestWork> Works(int count, RequestWork work) => [.. Enumerable.Repeat(work, count)];

    /// <summary>Whatever was estimated once: if an idle engine refused, no step would ever correct it.</summary>
    [Theory]
    [InlineData(5, 0.01)]
    [InlineData(0.001, 30)]
    public void Refuse_Idle_Admits(double seconds, double step) => Assert.Null(AdmissionPolicy.Refuse(
        Facts(0, 0, seconds) with { Rates = Rates with { StepSeconds = _ => step } }));

    [Fact]
    public void Refuse_NothingMeasuredYet_Admits() => Assert.Null(AdmissionPolicy.Refuse(
        Facts(1, 0, 0.001) with { Rates = new ServiceRates(4, _ => 0, 0) }));

    [Fact]
    public void Refuse_NoDeadline_Admits() => Assert.Null(AdmissionPolicy.Refuse(Facts(4, 1000, 1) with { Remaining = null }));

    [Fact]
    public void Refuse_DeadlineBeforeThePredictedEnd_RefusesAtOnce()
    {
        // its prompt takes 0.1 s and its answer 0.5 s
        Assert.NotNull(AdmissionPolicy.Refuse(Facts(1, 0, 0.59)));
        Assert.Null(AdmissionPolicy.Refuse(Facts(1, 0, 0.63)));
        Assert.Null(AdmissionPolicy.Refuse(Facts(1, 0, 0.25) with { LongestAnswer = 10 })); // asks for 10 tokens only
    }

    /// <summary>The mean of the answers says nothing about this one: it may be the longest.</summary>
    [Fact]
    public void Refuse_AnswerThatMayBeLong_CountsTheLongest() =>
        Assert.NotNull(AdmissionPolicy.Refuse(Facts(1, 0, 1.5) with { LongestAnswer = 192 }));

    [Fact]
    public void Refuse_RowsBusy_CountsTheTurnsAhead()
    {
        var busy = Facts(4, 4, 0);
        // 0.5 s until the rows are free, 0.4 s of prompts, another 0.5 s, its own 0.1 + 0.5 s and the prompts of those behind it
        Assert.NotNull(AdmissionPolicy.Refuse(busy with { Remaining = TimeSpan.FromSeconds(1.9) }));
        Assert.Null(AdmissionPolicy.Refuse(busy with { Remaining = TimeSpan.FromSeconds(2.7) }));
    }

    [Fact]
    public void Refuse_StepsThatGrowWithTheRows_CountTheRowsInUse()
    {
        var growing = Rates with { StepSeconds = rows => 0.005 * rows };
        Assert.Null(AdmissionPolicy.Refuse(Facts(1, 0, 0.7) with { Rates = growing })); // 2 rows
        Assert.NotNull(AdmissionPolicy.Refuse(Facts(3, 0, 0.7) with { Rates = growing })); // 4 rows
    }

    [Fact]
    public void Refuse_OthersThatGoOnToAsk_CountsTheClientsShare()
    {
        var queued = Facts(4, 8, 4) with { OwnAhead = new RequestWork(800, 400, 0) };
        Assert.Null(AdmissionPolicy.Refuse(queued));
        Assert.NotNull(AdmissionPolicy.Refuse(queued with { Share = 0.2 }));
    }

    [Fact]
    public void Refuse_Refusal_SaysWhenItWouldFit()
    {
        var later = AdmissionPolicy.Refuse(Facts(4, 40, 2))!.Value.TotalSeconds;
        Assert.NotNull(AdmissionPolicy.Refuse(Facts(4, 40, 2 + later - 0.02)));
        Assert.Null(AdmissionPolicy.Refuse(Facts(4, 40, 2 + later + 0.02)));
    }
}
