using System.Runtime.InteropServices;
using EdgeAgent.Bundles;
using EdgeAgent.Inference;

namespace EdgeAgent.Tests.Bundles;

public sealed class BundleLintTests
{
    private static IReadOnlyList<LintFinding> Check(TemporaryDirectory directory, string? tensor = null, float value = 0,
        string quantization = Quantization.RoundToNearest)
    {
        long offset = 0;
        using (var bundle = TinyStudent.Import(directory.Path, quantization))
            if (tensor is not null) offset = bundle.Weights.Entry(tensor).Offset;
        if (tensor is not null)
        {
            using var stream = new FileStream(Path.Combine(directory.File("bundle"), WeightNames.FileName), FileMode.Open);
            stream.Position = offset + 8;
            stream.Write(MemoryMarshal.AsBytes<float>(new[] { value }));
        }
        using var changed = Bundle.Open(directory.File("bundle"));
        return BundleLint.Check(changed);
    }

    [Fact]
    public void Check_FreshImport_HasWarningsOnly()
    {
        using var directory = new TemporaryDirectory();
        var findings = Check(directory);
        Assert.DoesNotContain(findings, f => f.IsError);
        Assert.Equal(["golden", "int8-blocks", "licence", "signature"], findings.Select(f => f.Rule).Order());
        Assert.All(findings, f => Assert.Contains(f.Rule, BundleLint.Rules.Keys));
    }

    [Fact]
    public void Lint_TemplateEndsTurnsWithAnotherToken_IsAnError()
    {
        using var directory = new TemporaryDirectory();
        TinyStudent.Import(directory.Path, Quantization.None).Dispose();
        var manifest = StudentManifest.Load(directory.File("bundle"));
        Assert.Empty(StudentText.Lint(directory.File("bundle"), manifest, TimeProvider.System));
        File.WriteAllText(Path.Combine(directory.File("bundle"), Bundle.ChatTemplateFileName),
            "{% for m in messages %}<|user|>{{ m.content }}<|pad|>{% endfor %}<|assistant|>");
        var finding = Assert.Single(StudentText.Lint(directory.File("bundle"), manifest, TimeProvider.System));
        Assert.Equal(("end-of-turn", true), (finding.Rule, finding.IsError));
        Assert.Contains(finding.Rule, BundleLint.Rules.Keys);
        Assert.Empty(StudentText.Lint(directory.File("bundle"), manifest with { EosIds = [TinyStudent.End, 256] }, TimeProvider.System));
    }

    [Theory]
    [InlineData("layers.1.down.scale", 0f, "positive-scales")]
    [InlineData("layers.0.qkv.scale", -0.1f, "positive-scales")]
    [InlineData("head.scale", float.NaN, "positive-scales")]
    [InlineData("layers.0.gate_up.scale", 1e-9f, "positive-scales")] // 0 in half precision
    [InlineData("norm", float.PositiveInfinity, "finite-values")]
    [InlineData("layers.1.attention_norm", 1e9f, "finite-values")]
    public void Check_BadNumber_IsAnErrorThatNamesTheTensorAndTheElement(string tensor, float value, string rule)
    {
        using var directory = new TemporaryDirectory();
        var error = Assert.Single(Check(directory, tensor, value), f => f.IsError);
        Assert.Equal((rule, tensor), (error.Rule, error.Subject));
        Assert.Contains("element 2", error.Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CommandLine_ErrorsExitWithOne()
    {
        using var directory = new TemporaryDirectory();
        Check(directory);
        Assert.Equal(0, (await Cli.AgentProcess.RunAsync(null, "model", "lint", directory.File("bundle"))).Code);
        File.WriteAllText(Path.Combine(directory.File("bundle"), Bundle.ChatTemplateFileName), "{% include 'x' %}");
        var (code, output, _) = await Cli.AgentProcess.RunAsync(null, "model", "lint", "--json", directory.File("bundle"));
        Assert.Equal(1, code);
        Assert.Contains("include", output, StringComparison.Ordinal);
    }
}
