using EdgeAgent.Lab;

namespace EdgeAgent.Tests.Lab;

public sealed class TokenLossTests
{
    /// <summary>Logits whose softmax is 1/2, 1/4, 1/8, 1/8.</summary>
    private static readonly float[] Logits = [MathF.Log(4), MathF.Log(2), 0, 0];

    [Fact]
    public void Task_TokenOfProbabilityAQuarter_CostsLog4()
    {
        var gradient = new float[4];
        Assert.Equal(Math.Log(4), TokenLoss.Add(Logits, 1, null, LossShares.TaskOnly, 1, gradient), 6);
        AssertNear([0.5f, -0.75f, 0.125f, 0.125f], gradient);
    }

    /// <summary>
    /// p = 1/4, 1/2 and a tail of 1/4 against q = 1/2, 1/4 and a tail of 1/4: 1/4 log(1/2) + 1/2 log 2 + 0 = 1/4 log 2. The gradient is
    /// q - p in the top, and 0 in the tail, whose mass is right.
    /// </summary>
    [Fact]
    public void Kl_AtTemperature1_IsTheValueByHand()
    {
        var gradient = new float[4];
        var teacher = new TeacherToken([1, 0], [0.5f, 0.25f], 0.25f);
        Assert.Equal(0.25 * Math.Log(2), TokenLoss.Add(Logits, 3, teacher, new LossShares(1, 0, 1), 1, gradient), 6);
        AssertNear([0.25f, -0.25f, 0, 0], gradient);
    }

    /// <summary>At temperature 2, q is the normalized square root: (2, 1.41421, 1, 1) / 5.41421. T^2 scales the value.</summary>
    [Fact]
    public void Kl_AtTemperature2_IsTheValueByHand()
    {
        var gradient = new float[4];
        double sum = 4 + Math.Sqrt(2), q0 = 2 / sum;
        var teacher = new TeacherToken([0], [0.5f], 0.5f);
        var expected = 4 * (0.5 * Math.Log(0.5 / q0) + 0.5 * Math.Log(0.5 / (1 - q0)));
        Assert.Equal(expected, TokenLoss.Add(Logits, 0, teacher, new LossShares(1, 0, 2), 1, gradient), 6);
        Assert.Equal(2 * (q0 - 0.5), gradient[0], 5);
    }

    [Fact]
    public void Both_IsSevenTenthsKlAndThreeTenthsTask()
    {
        var teacher = new TeacherToken([1, 0], [0.5f, 0.25f], 0.25f);
        var gradient = new float[4];
        Assert.Equal(0.7 * 0.25 * Math.Log(2) + 0.3 * Math.Log(4),
            TokenLoss.Add(Logits, 1, teacher, LossShares.Both with { Temperature = 1 }, 1, gradient), 6);
        AssertNear([0.7f * 0.25f + 0.3f * 0.5f, -0.7f * 0.25f - 0.3f * 0.75f, 0.3f * 0.125f, 0.3f * 0.125f], gradient);
    }

    [Fact]
    public void Kl_StudentSaysWhatTheTeacherSays_IsZeroWithoutGradient()
    {
        var gradient = new float[4];
        Assert.Equal(0, TokenLoss.Add(Logits, 0, TopK.Of(Logits, 2, 1.5), LossShares.KlOnly, 1, gradient), 6);
        AssertNear([0, 0, 0, 0], gradient);
    }

    /// <summary>The gradient is the slope of the loss in each direction, whatever shares, temperature and k.</summary>
    [Fact]
    public void Gradient_OfRandomLogits_IsTheSlopeOfTheLoss()
    {
        var random = new Random(4);
        for (var round = 0; round < 30; round++)
        {
            var student = Enumerable.Range(0, 12).Select(_ => (float)(4 * random.NextDouble() - 2)).ToArray();
            var t = 1 + random.NextDouble();
            var teacher = TopK.Of(Enumerable.Range(0, 12).Select(_ => (float)(6 * random.NextDouble())).ToArray(), random.Next(1, 12), t);
            var shares = new LossShares(0.7, 0.3, t);
            var gradient = new float[12];
            TokenLoss.Add(student, 5, teacher, shares, 0.5, gradient);
            for (var i = 0; i < 12; i++)
            {
                const float step = 1e-2f;
                double up = At(i, step), down = At(i, -step);
                Assert.Equal((up - down) / (2 * step), gradient[i], 3);
            }

            double At(int i, float by)
            {
                var moved = (float[])student.Clone();
                moved[i] += by;
                return TokenLoss.Add(moved, 5, teacher, shares, 0.5, new float[12]);
            }
        }
    }

    /// <summary>A step against the gradient makes what the teacher prefers more probable, and the loss smaller.</summary>
    [Fact]
    public void Gradient_StepAgainstIt_LowersTheLoss()
    {
        var teacher = new TeacherToken([2], [0.9f], 0.1f);
        var gradient = new float[4];
        var before = TokenLoss.Add(Logits, 2, teacher, LossShares.Both, 1, gradient);
        Assert.True(gradient[2] < 0 && gradient[0] > 0);
        var moved = Logits.Select((l, i) => l - 0.1f * gradient[i]).ToArray();
        Assert.True(TokenLoss.Add(moved, 2, teacher, LossShares.Both, 1, new float[4]) < before);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 1.5)]
    [InlineData(64, 2)]
    public void TopK_WithItsTail_SumsTo1(int k, double temperature)
    {
        var random = new Random(k);
        var logits = Enumerable.Range(0, 64).Select(_ => (float)(10 * random.NextDouble())).ToArray();
        var kept = TopK.Of(logits, k, temperature);
        Assert.Equal(1, kept.Probabilities.Sum() + kept.Tail, 5);
        Assert.Equal(Enumerable.Range(0, 64).OrderByDescending(i => logits[i]).Take(k).Select(i => (ushort)i), kept.Ids);
        Assert.Equal(kept.Probabilities.OrderDescending(), kept.Probabilities);
    }

    [Fact]
    public void TopK_OfKnownLogits_HasTheirProbabilities()
    {
        var kept = TopK.Of(Logits, 2, 1);
        Assert.Equal([0.5f, 0.25f], kept.Probabilities.Select(p => MathF.Round(p, 5)));
        Assert.Equal(0.25f, kept.Tail, 5);
    }

    private static void AssertNear(float[] expected, float[] actual)
    {
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 5);
    }
}
