using System.Text.Json.Nodes;
using EdgeAgent.Bundles;
using EdgeAgent.Evaluation.Suites;
using EdgeAgent.Hosting;
using EdgeAgent.Updates;

namespace EdgeAgent.Tests.Evaluation.Suites;

/// <summary>The gate that a bundle carries.</summary>
public sealed class BundleGateTests
{
    private static readonly StudentManifest Manifest = StudentManifest.Load(
        Path.Combine(SharedData.Repository, "provisioning", "models", AgentSettings.BundledStudent));

    [Fact]
    public void Gate_HoldsOneResultASuiteAndIsReadAgain()
    {
        using var folder = new TemporaryDirectory();
        Assert.Null(BundleGate.Refuse(folder.Path, Manifest)); // none
        BundleGate.Add(folder.Path, Result("gsm8k", 0.5, 0.85));
        Assert.Contains("gsm8k has 0.5, at least 0.85", BundleGate.Refuse(folder.Path, Manifest), StringComparison.Ordinal);
        BundleGate.Add(folder.Path, Result("gsm8k", 0.9, 0.85));
        BundleGate.Add(folder.Path, Result("humaneval", 0.7, 0.6));
        Assert.Null(BundleGate.Refuse(folder.Path, Manifest));
        Assert.Equal(2, JsonNode.Parse(File.ReadAllBytes(folder.File(Bundle.GateFileName)))!.AsArray().Count);
    }

    [Fact]
    public void Gate_IsAboutAnotherRelease_IsClosed()
    {
        using var folder = new TemporaryDirectory();
        BundleGate.Add(folder.Path, Result("gsm8k", 0.9, 0.85));
        Assert.Contains("expected release", BundleGate.Refuse(folder.Path, Manifest with { Release = Manifest.Release + 1 }),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[{}]")]
    [InlineData("[null]")]
    [InlineData("[{\"suite\":\"x\",\"passed\":true}]")]
    public async Task Gate_LacksAResult_IsClosed(string text)
    {
        using var folder = new TemporaryDirectory();
        await File.WriteAllTextAsync(folder.File(Bundle.GateFileName), text, TestContext.Current.CancellationToken);
        Assert.Contains("expected suite", BundleGate.Refuse(folder.Path, Manifest), StringComparison.Ordinal);
    }

    /// <summary>A word of the file's writer does not open it: the score and the threshold decide.</summary>
    [Fact]
    public void Gate_SaysPassedBelowItsThreshold_IsClosed()
    {
        using var folder = new TemporaryDirectory();
        var result = Result("gsm8k", 0.1, 0.85);
        result["passed"] = true;
        BundleGate.Add(folder.Path, result);
        Assert.NotNull(BundleGate.Refuse(folder.Path, Manifest));
    }

    [Fact]
    public void Update_RefusesAClosedGate()
    {
        var probe = new ProbeReport { Golden = 2, GoldenRight = 2, TokensPerSecond = 10 };
        Assert.Null(QualityGate.Refuse(probe, probe, new UpdateOptions()));
        Assert.Equal((UpdateReasons.QualityGate, "gate.json: too low"),
            QualityGate.Refuse(probe with { ClosedGate = "gate.json: too low" }, probe, new UpdateOptions()));
    }

    private static JsonObject Result(string suite, double value, double threshold) => BundleGate.Of(Manifest, suite,
        new SuiteResult([new SuiteScore("s", value, 0, 1, 100)], []), threshold);
}
