using EdgeAgent.Inference.Sampling;

namespace EdgeAgent.Tests.Inference.Sampling;

public sealed class SamplerTests
{
    private static readonly float[] Logits = [1f, 4f, 3f, 2f, -1f];

    private static Dictionary<int, int> Draw(SamplingOptions options, int count = 4000)
    {
        var sampler = new Sampler(options);
        return Enumerable.Range(0, count).Select(_ => sampler.Next(Logits)).GroupBy(i => i).ToDictionary(g => g.Key, g => g.Count());
    }

    [Fact]
    public void Next_Greedy_TakesTheLargest() => Assert.Equal([1], Draw(new SamplingOptions()).Keys);

    /// <summary>Logits of minus infinity exclude tokens, as some decoders do with ids beyond the vocabulary.</summary>
    [Fact]
    public void Next_ExcludedTokens_AreNotChosenAndOthersAre()
    {
        float[] logits = [float.NegativeInfinity, 1, float.NegativeInfinity, 0];
        var sampler = new Sampler(new SamplingOptions { Temperature = 1 });
        Assert.Equal([1, 3], Enumerable.Range(0, 500).Select(_ => sampler.Next(logits)).Distinct().Order());
        logits[0] = float.NaN;
        Assert.Contains("NaN for token 0", Assert.Throws<LogitsException>(() => sampler.Next(logits)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Next_SameSeed_GivesTheSameDraws()
    {
        var options = new SamplingOptions { Temperature = 1, Seed = 42 };
        var (a, b, c) = (new Sampler(options), new Sampler(options), new Sampler(options with { Seed = 43 }));
        var first = Enumerable.Range(0, 50).Select(_ => a.Next(Logits)).ToList();
        Assert.Equal(first, Enumerable.Range(0, 50).Select(_ => b.Next(Logits)));
        Assert.NotEqual(first, Enumerable.Range(0, 50).Select(_ => c.Next(Logits)));
    }

    [Fact]
    public void Next_Temperature_FollowsTheSoftmax()
    {
        var drawn = Draw(new SamplingOptions { Temperature = 1, Seed = 7 }, 40_000);
        var weights = Logits.Select(l => Math.Exp(l)).ToArray();
        for (var i = 0; i < 4; i++) Assert.Equal(weights[i] / weights.Sum(), drawn[i] / 40_000.0, 0.015);
    }

    [Fact]
    public void Next_TopK_KeepsTheLikeliest() => Assert.Equal([1, 2], Draw(new SamplingOptions { Temperature = 2, TopK = 2 }).Keys.Order());

    [Fact]
    public void Next_TopP_KeepsTheSmallestSetThatReachesIt() =>
        Assert.Equal([1, 2], Draw(new SamplingOptions { Temperature = 1, TopP = 0.8f }).Keys.Order());

    [Fact]
    public void Next_MinP_DropsTokensFarBelowTheLikeliest() =>
        Assert.Equal([1, 2, 3], Draw(new SamplingOptions { Temperature = 1, MinP = 0.1f }).Keys.Order());

    [Fact]
    public void Next_RepetitionPenalty_PrefersUnseenTokens()
    {
        var sampler = new Sampler(new SamplingOptions { RepetitionPenalty = 2 });
        Assert.Equal(1, sampler.Next(Logits));
        Assert.Equal(2, sampler.Next(Logits));
    }

    [Theory]
    [InlineData(0, 0f, 1f, "max_tokens")]
    [InlineData(5000, 0f, 1f, "max_tokens")]
    [InlineData(1, 2.5f, 1f, "temperature")]
    [InlineData(1, float.NaN, 1f, "temperature")]
    [InlineData(1, 0f, 0f, "top_p")]
    public void Problem_OutOfRange_NamesTheNumber(int maxTokens, float temperature, float topP, string said) =>
        Assert.Contains(said, new SamplingOptions { MaxTokens = maxTokens, Temperature = temperature, TopP = topP }.Problem(4096),
            StringComparison.Ordinal);
}
