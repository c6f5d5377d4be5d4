using EdgeAgent.Import.Calibration;
using EdgeAgent.Inference.Sampling;

namespace EdgeAgent.Tests.Import.Calibration;

public sealed class TokenDrawTests
{
    /// <summary>Shares of 40,000 draws against the softmax: 4 standard deviations of the largest are 0.01.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(2)]
    public void Next_ManyDraws_HaveTheStudentsDistributionOverWhatIsAllowed(int? forbidden)
    {
        float[] logits = [0, 1, 2, -1, -30];
        var allowed = forbidden is { } f ? Enumerable.Range(0, 5).Select(i => i != f).ToArray() : null;
        var draw = new TokenDraw(3, logits.Length);
        var counts = new int[5];
        for (var i = 0; i < 40_000; i++) counts[draw.Next(logits, allowed)]++;
        var weights = logits.Select((l, i) => i == forbidden ? 0 : Math.Exp(l)).ToArray();
        for (var i = 0; i < 5; i++) Assert.Equal(weights[i] / weights.Sum(), counts[i] / 40_000.0, 0.01);
        if (forbidden is { } none) Assert.Equal(0, counts[none]);
    }

    [Fact]
    public void Next_SameSeed_IsTheSameSequence()
    {
        float[] logits = [.. Enumerable.Range(0, 100).Select(i => i % 7)];
        int[] Sequence(ulong seed)
        {
            var draw = new TokenDraw(seed, 100);
            return [.. Enumerable.Range(0, 50).Select(_ => draw.Next(logits, null))];
        }
        Assert.Equal(Sequence(5), Sequence(5));
        Assert.NotEqual(Sequence(5), Sequence(6));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Next_NoNumber_IsRefused(float logit) =>
        Assert.Throws<LogitsException>(() => new TokenDraw(1, 3).Next([0, logit, 1], null));
}
