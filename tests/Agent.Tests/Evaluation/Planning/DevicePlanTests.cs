using EdgeAgent.Bundles;
using EdgeAgent.Evaluation.Planning;
using EdgeAgent.Tests.Bundles;
using Architecture = EdgeAgent.Bundles.Architecture;

namespace EdgeAgent.Tests.Evaluation.Planning;

public sealed class DevicePlanTests
{
    /// <summary>The shape of Qwen2.5 1.5 B, from its published configuration.</summary>
    private static readonly StudentSize OneAndAHalf = StudentSize.Of("1.5 B", new Architecture
    {
        Type = Architecture.Qwen2,
        Vocabulary = 151_936,
        Hidden = 1536,
        Layers = 28,
        Heads = 12,
        KvHeads = 2,
        HeadSize = 128,
        FeedForward = 8960,
        Context = 32_768,
        RmsEpsilon = 1e-6f,
        RopeTheta = 1e6f,
    });

    private static Device Known(string name) => Device.Known.Single(d => d.Name == name);

    [Fact]
    public void Size_OneAndAHalfBillion_IsCountedFromTheShape()
    {
        Assert.Equal(1_543_569_408, OneAndAHalf.Parameters);
        Assert.Equal(28_672, OneAndAHalf.CacheBytes);
        Assert.Equal((1_543_569_408 - 233_373_696) * 0.53125 + 233_373_696 * 1.03125, OneAndAHalf.StepBytes, 1.0);
    }

    /// <summary>A step reads everything but the embedding; of a tied student the table, which is its head.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Size_OfABundle_CountsTheEmbeddingWhereItIsTheHead(bool tied)
    {
        using var directory = new TemporaryDirectory();
        using var bundle = TinyStudent.Import(directory.Path, Quantization.RoundToNearest, tied: tied);
        var table = TinyStudent.Vocabulary * (TinyStudent.Hidden + sizeof(float)); // one byte a value, one scale a row
        Assert.Equal(bundle.Weights.Entries.Values.Sum(e => e.Length) - (tied ? 0 : table), StudentSize.Of(bundle).StepBytes);
    }

    /// <summary>The promise: 8 answers a second of 64 tokens, with three quarters of the prompt shared.</summary>
    [Fact]
    public void Answers_OneAndAHalfBillionOnAgx64_ReachEight()
    {
        var plan = new DevicePlan(Known("orin-agx-64"), OneAndAHalf, promptTokens: 256, sharedPrefix: 0.75);
        var answers = plan.Answers(rows: 16, tokens: 64);
        Assert.InRange(answers.Shared, 8, 12);
        Assert.InRange(answers.Cold, 5, answers.Shared);
    }

    /// <summary>The two published figures that the constants come from are reproduced by the model.</summary>
    [Fact]
    public void Step_PublishedStudent_GivesThePublishedSpeeds()
    {
        var qwen = StudentSize.Of("1.7 B", new Architecture
        {
            Type = Architecture.Qwen3,
            Vocabulary = 151_936,
            Hidden = 2048,
            Layers = 28,
            Heads = 16,
            KvHeads = 8,
            HeadSize = 128,
            FeedForward = 6144,
            Context = 40_960,
            RmsEpsilon = 1e-6f,
            RopeTheta = 1e6f,
        });
        var plan = new DevicePlan(Known("orin-agx-64"), qwen, 370, 0);
        Assert.InRange(1 / plan.Step(1, 400), 101 * 0.9, 101 * 1.1);
        Assert.InRange(8 / plan.Step(8, 400), 465 * 0.9, 465 * 1.1);
    }

    [Fact]
    public void Answers_GrowWithRows_AndFallWithLength()
    {
        var plan = new DevicePlan(Known("orin-nx-16"), OneAndAHalf, 256, 0.75);
        Assert.True(plan.Answers(8, 64).Shared > plan.Answers(1, 64).Shared);
        Assert.True(plan.Answers(8, 32).Shared > plan.Answers(8, 128).Shared);
        Assert.True(plan.RowsIn(512) >= plan.RowsIn(4096));
    }

    /// <summary>Fitting the model to its own steps gives the model back.</summary>
    [Fact]
    public void Measured_StepsOfAKnownDevice_GivesItsConstants()
    {
        var device = Known("orin-agx-32");
        var plan = new DevicePlan(device, OneAndAHalf, 256, 0);
        var fitted = Device.Measured(OneAndAHalf, (1, plan.Step(1, 100)), (8, plan.Step(8, 100)), 100, 1 / plan.Prefill(1));
        Assert.Equal(device.Bandwidth.Value * device.BandwidthShare.Value, fitted.Bandwidth.Value, 1e6);
        Assert.Equal(device.RowRate.Value, fitted.RowRate.Value, 1e6);
        Assert.Equal(device.PrefillRate.Value, fitted.PrefillRate.Value, 1e6);
        Assert.All([fitted.Bandwidth, fitted.RowRate, fitted.PrefillRate], c => Assert.True(c.IsMeasured));
    }

    [Fact]
    public void Known_EveryConstant_HasASource() =>
        Assert.All(Device.Known, d => Assert.All([d.Bandwidth, d.BandwidthShare, d.RowRate, d.PrefillRate, d.Memory],
            c => Assert.True(c.Source.Length > 10 && !c.IsMeasured)));
}
