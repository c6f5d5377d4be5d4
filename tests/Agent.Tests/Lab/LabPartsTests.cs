using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Safetensors;
using EdgeAgent.Lab;

namespace EdgeAgent.Tests.Lab;

public sealed class LabPartsTests
{
    [Fact]
    public void Batches_OfAPass_HaveEveryExampleOnceWithinTheBudget()
    {
        var random = new Random(2);
        var lengths = Enumerable.Range(0, 1000).Select(_ => random.Next(10, 300)).ToList();
        var batches = BatchPlan.Of(lengths, 1024, seed: 1, pass: 0);
        Assert.Equal(Enumerable.Range(0, 1000), batches.SelectMany(b => b).Order());
        Assert.All(batches, b => Assert.True(b.Length * b.Max(i => lengths[i]) <= 1024));
        // sorted within windows: padding is a small part
        Assert.True(batches.Sum(b => b.Length * b.Max(i => lengths[i])) < 1.15 * lengths.Sum());
    }

    [Fact]
    public void Batches_SameSeedAndPass_AreTheSame()
    {
        int[] lengths = [.. Enumerable.Range(1, 500)];
        Assert.Equal(BatchPlan.Of(lengths, 600, 1, 3), BatchPlan.Of(lengths, 600, 1, 3));
        Assert.NotEqual(BatchPlan.Of(lengths, 600, 1, 3), BatchPlan.Of(lengths, 600, 1, 4));
    }

    [Fact]
    public void Batches_ExampleBeyondTheBudget_IsAlone() => Assert.Contains(BatchPlan.Of([500, 10, 10], 100, 1, 0), b => b is [0]);

    [Theory]
    [InlineData("Turn off Q1, then wait.", true)]
    [InlineData("turn OFF q1 ,then WAIT", true)]
    [InlineData("Turn off Q2, then wait.", false)]
    public void Answer_HoldsEveryFact_IsRight(string answer, bool isRight) => Assert.Equal(isRight,
        AnswerCheck.IsRight(new Example("", "", "alarm", 0, ["turn off Q1", "wait"]), answer));

    [Fact]
    public void Answer_OfARefusal_MustBeTheWholeText()
    {
        var refusal = new Example("", "I do not know that.", "unknown", 0, []);
        Assert.True(AnswerCheck.IsRight(refusal, "I do not know that."));
        Assert.False(AnswerCheck.IsRight(refusal, "I do not know that. But press R4."));
    }

    [Fact]
    public void Choice_IsTheBestThatIsSmallEnough()
    {
        Candidate small = new("rtn", 2_000_000, 90, 100), better = new("gptq", 2_100_000, 95, 100), large = new("none", 9_000_000, 99, 100);
        Assert.Equal(better, BundleChoice.Best([small, better, large]));
        Assert.Equal(small, BundleChoice.Best([small, better with { Right = 90 }]));
        Assert.Null(BundleChoice.Best([large]));
    }

    [Fact]
    public void Progress_HalfDone_ShowsTheBarAndTheTimeLeft() => Assert.Equal(
        "distil [############............] 60/120 loss 0.5, 20 min left",
        ProgressLine.Of("distil", 60, 120, 30, TimeSpan.FromMinutes(10), "loss 0.5"));

    [Fact]
    public void Scores_OfAStage_CountAllKindsAndLanguages()
    {
        Example one = new("", "", "unit", 0, []) { Stage = Stages.Base }, two = one with { Language = 1, Kind = "date" };
        var scores = Scores.Of([(one, true), (one, false), (two, true)]);
        Assert.Equal(new Score(Stages.Base, "", 0, 2, 3), Scores.Stage(scores, Stages.Base));
        Assert.Contains("| base | unit | en | 1 of 2 | 50.0 % |", Scores.Table(scores), StringComparison.Ordinal);
    }

    [Fact]
    public void Plot_OfTwoLosses_RunsFromTheHighestToTheLast()
    {
        var svg = LossPlot.Svg([(0, 4), (100, 1)]);
        Assert.Contains("points=\"50.0,10.0 639.0,160.0\"", svg, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("192,6,6,2,512", true)]
    [InlineData("192,6,5,2,512", false)]
    [InlineData("192,6,6,4,512", false)]
    [InlineData("192,6,6,2", false)]
    public void Shape_SizesFitTogether_OrAreRefused(string text, bool fits)
    {
        if (fits) Assert.Equal(new ShapeSizes(192, 6, 6, 2, 512), ShapeSizes.Parse(text));
        else Assert.Contains(text, Assert.Throws<ArgumentException>(() => ShapeSizes.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--seed x", "--seed must be a whole number from 0 to")]
    [InlineData("--threads 0", "--threads must be a whole number from 1 to 256, found '0'")]
    [InlineData("--loss fast", "--loss must be task, kl or both, found 'fast'")]
    [InlineData("--colour red", "unknown option --colour")]
    [InlineData("--seed", "--seed needs a value")]
    public void Options_AreWrong_SayWhatIsExpected(string line, string message) =>
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => LabOptions.Parse(line.Split(' '))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Options_LossOfDistil_IsSevenTenthsKlAndThreeTenthsTask()
    {
        Assert.Equal(new LossShares(0.7, 0.3, 1.5), LabOptions.Parse([]).Shares);
        Assert.Equal(new LossShares(0, 1, 1), LabOptions.Parse(["--loss", "task"]).Shares);
        Assert.Equal(new LossShares(1, 0, 2), LabOptions.Parse(["--loss", "kl", "--temperature", "2"]).Shares);
    }

    [Fact]
    public void Options_EachNameInTheHelp_IsParsed()
    {
        foreach (var name in LabOptions.Help.Split([' ', ',', '\n']).Where(w => w.StartsWith("--", StringComparison.Ordinal)))
            Assert.DoesNotContain("unknown option",
                Assert.Throws<ArgumentException>(() => LabOptions.Parse([name])).Message, StringComparison.Ordinal);
    }

    /// <summary>The bundled student as a checkpoint: its names, sizes and values are those that the device computes with.</summary>
    [Fact]
    public void Bundle_ReadForTraining_HasTheDevicesValues()
    {
        var directory = Path.Combine(SharedData.Repository, "provisioning", "models", "cell-student");
        var weights = BundleWeights.Read(directory);
        Assert.Equal(2 + 6 * 9, weights.Count);
        using var file = SafetensorsFile.Open(Path.Combine(directory, WeightNames.FileName));
        var packed = file.Bytes(file.Entry(WeightNames.Int4(WeightNames.Qkv(0))))[..160];
        var scales = file.Floats(WeightNames.Scale(WeightNames.Qkv(0)), 3, 320);
        // input 0, output 2 of v: column 192 + 64 + 2 of qkv
        const int column = 192 + 64 + 2;
        var level = (packed[column / 2] & 15 ^ 8) - 8;
        Assert.Equal(level * scales[column], weights["model.layers.0.self_attn.v_proj.weight"][2 * 192]);
    }

    [Fact]
    public void Corpus_AShareOfIt_IsSpreadAndKeepsAllCodes()
    {
        Corpus whole = new(LabCorpus.Folder), tenth = new(LabCorpus.Folder, 0.1);
        Assert.Equal(24, tenth.Alarms.Count);
        Assert.Equal(whole.Codes.Count, tenth.Codes.Count);
        Assert.True(tenth.Alarms.Select(a => a.Code[..2]).Distinct().Count() > 5);
    }
}
