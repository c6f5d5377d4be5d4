using EdgeAgent.Inference.Sampling;

namespace EdgeAgent.Tests.Inference.Sampling;

/// <summary>Partial selection takes the same tokens as a sort of the whole vocabulary, draw by draw.</summary>
public sealed class SamplerOracleTests
{
    private static float[] Logits(Random random, int vocabulary, int kind) => [.. Enumerable.Range(0, vocabulary).Select(_ => kind switch
    {
        0 => (float)(random.NextDouble() * 8 - 4),
        1 => random.Next(5), // many ties
        2 => random.Next(20) == 0 ? 30 : -random.Next(100), // a few far above
        3 => 1f, // all the same
        _ => random.Next(3) == 0 ? float.NegativeInfinity : (float)random.NextDouble(),
    })];

    private static SamplingOptions Options(Random random) => new()
    {
        Temperature = random.Next(4) == 0 ? 0 : (float)(0.05 + random.NextDouble() * 1.9),
        TopK = random.Next(3) == 0 ? random.Next(1, 400) : 0,
        TopP = random.Next(2) == 0 ? (float)(0.01 + random.NextDouble() * 0.98) : 1,
        MinP = random.Next(3) == 0 ? (float)(random.NextDouble() * 0.5) : 0,
        RepetitionPenalty = random.Next(3) == 0 ? 1.3f : 1,
        Seed = (ulong)random.NextInt64(),
    };

    [Fact]
    public void Next_RandomLogitsAndOptions_DrawsAsTheSortDoes()
    {
        var random = new Random(5);
        for (var i = 0; i < 300; i++)
        {
            var (options, vocabulary) = (Options(random), random.Next(1, 300));
            var (ours, sorted) = (new Sampler(options), new ReferenceSampler(options));
            for (var step = 0; step < 8; step++)
            {
                var logits = Logits(random, vocabulary, random.Next(5));
                if (!logits.Any(float.IsFinite)) logits[0] = 0;
                Assert.Equal(sorted.Next(logits), ours.Next(logits));
            }
        }
    }

    /// <summary>Listed masks and masks of bits.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(40)]
    [InlineData(900)]
    public void Next_Masked_DrawsAsTheSortDoesWithOnlyThose(int allowedOfThousand)
    {
        var random = new Random(6);
        for (var i = 0; i < 100; i++)
        {
            var options = Options(random) with { TopK = 0 };
            var (ours, sorted) = (new Sampler(options), new ReferenceSampler(options));
            var vocabulary = 1003;
            var bits = new ulong[(vocabulary + 63) / 64];
            for (var id = 0; id < vocabulary; id++)
                if (random.Next(1000) < allowedOfThousand || id == 7) bits[id / 64] |= 1UL << id % 64;
            var mask = TokenMask.Of(bits);
            for (var step = 0; step < 4; step++)
            {
                var logits = Logits(random, vocabulary, random.Next(3));
                Assert.Equal(sorted.Next(logits, mask.Allows), ours.Next(logits, mask));
            }
        }
    }

    [Fact]
    public void Next_MaskWithoutAFiniteToken_SaysSo()
    {
        var bits = new ulong[1];
        var sampler = new Sampler(new SamplingOptions { Temperature = 1 });
        Assert.Throws<NoTokenException>(() => sampler.Next([1f, 2f], TokenMask.Of(bits)));
        bits[0] = 1;
        Assert.Throws<NoTokenException>(() => sampler.Next([float.NegativeInfinity, 2f], TokenMask.Of(bits)));
    }

    /// <summary>A token costs no managed memory, whatever the vocabulary.</summary>
    [Fact]
    public void Next_ManyTokens_AllocatesNothing()
    {
        var random = new Random(8);
        var logits = Logits(random, 20_000, 0);
        var bits = new ulong[20_000 / 64 + 1];
        bits.AsSpan(0, 200).Fill(ulong.MaxValue);
        var mask = TokenMask.Of(bits);
        var sampler = new Sampler(new SamplingOptions { Temperature = 0.8f, TopP = 0.95f, TopK = 100, MinP = 0.01f });
        for (var i = 0; i < 50; i++) sampler.Next(logits, i % 2 == 0 ? mask : null);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 50; i++) sampler.Next(logits, i % 2 == 0 ? mask : null);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(20)]
    public void Logprobs_RandomLogits_AreLogSoftmaxLikeliestFirst(int top)
    {
        var logits = Logits(new Random(9), 500, 0);
        var token = TokenLogprob.Of(logits, 17, top);
        var normalizer = Math.Log(logits.Sum(l => Math.Exp(l)));
        Assert.Equal(logits[17] - normalizer, token.Chosen.Logprob, 1e-4);
        Assert.Equal(Enumerable.Range(0, 500).OrderByDescending(i => logits[i]).Take(top), token.Top.Select(t => t.Id));
        Assert.All(token.Top, t => Assert.Equal(logits[t.Id] - normalizer, t.Logprob, 1e-4));
    }
}
