using System.Text.RegularExpressions;
using EdgeAgent.Hosting;
using NetArchTest.Rules;

namespace EdgeAgent.Tests;

/// <summary>Dependencies point one way, and only the slices that own a library see it (DESIGN, Layout).</summary>
public sealed partial class ArchitectureTests
{
    private static readonly System.Reflection.Assembly Agent = typeof(AgentService).Assembly;

    /// <summary>What each slice may use of the others; Platform is everybody's.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Platform"] = [],
        ["Telemetry"] = ["Platform"],
        ["Models"] = ["Platform"],
        ["Privacy"] = ["Platform"],
        ["Inference"] = ["Models", "Platform"],
        ["Mqtt"] = ["Platform"],
        ["Thermal"] = ["Platform"],
        ["Answers"] = ["Privacy", "Platform"],
        ["Updates"] = ["Models", "Mqtt", "Platform"],
        ["Evaluation"] = ["Inference", "Models", "Privacy", "Updates", "Platform"],
        ["Queries"] = ["Inference", "Privacy", "Mqtt", "Telemetry", "Thermal", "Answers", "Platform"],
        ["Cli"] = ["Queries", "Privacy", "Inference", "Models", "Mqtt", "Telemetry", "Evaluation", "Updates", "Thermal", "Answers",
            "Platform"],
    };

    public static TheoryData<string> Slices => [.. Allowed.Keys];

    [Theory]
    [MemberData(nameof(Slices))]
    public void Slice_DependsOnlyOnWhatItMay(string slice)
    {
        var forbidden = Allowed.Keys.Except([slice, .. Allowed[slice]]).Select(s => $"EdgeAgent.{s}").ToArray();
        var result = Types.InAssembly(Agent).That().ResideInNamespaceStartingWith($"EdgeAgent.{slice}").ShouldNot()
            .HaveDependencyOnAny(forbidden).GetResult();
        Assert.True(result.IsSuccessful, $"{slice}: {string.Join(", ", result.FailingTypeNames ?? [])}");
    }

    [Theory]
    [InlineData("Microsoft.ML.OnnxRuntime", "Inference,Models")]
    [InlineData("MQTTnet", "Mqtt")]
    [InlineData("Serilog", "Telemetry")]
    [InlineData("Polly", "Inference,Mqtt")]
    [InlineData("Microsoft.Data.Sqlite", "Answers,Platform,Telemetry")]
    [InlineData("System.Device.Gpio", "Platform")]
    [InlineData("Spectre.Console", "Cli")]
    [InlineData("System.CommandLine", "Cli")]
    [InlineData("Google.Protobuf", "Inference,Models")]
    public void Library_IsSeenOnlyByItsSlices(string library, string slices)
    {
        var owners = slices.Split(',').Select(s => $"EdgeAgent.{s}").ToArray();
        var result = Types.InAssembly(Agent).That().ResideInNamespaceStartingWith("EdgeAgent.").And()
            .DoNotResideInNamespaceMatching($"^({string.Join('|', owners.Select(Regex.Escape))})").ShouldNot().HaveDependencyOn(library)
                .GetResult();
        Assert.True(result.IsSuccessful, $"{library}: {string.Join(", ", result.FailingTypeNames ?? [])}");
    }

    /// <summary>The rule above must be able to fail: the owners do use their library.</summary>
    [Fact]
    public void Library_RuleSeesRealUse() =>
        Assert.False(Types.InAssembly(Agent).That().ResideInNamespaceStartingWith("EdgeAgent.Mqtt").ShouldNot().HaveDependencyOn("MQTTnet")
            .GetResult().IsSuccessful);

    [Fact]
    public void Source_FoldersAreNamespacesAndNoneIsABin()
    {
        var root = Path.Combine(SharedData.Repository, "agent");
        var folders = Directory.GetDirectories(root).Select(Path.GetFileName).Except(["bin", "obj"]).ToList();
        Assert.Equal(Allowed.Keys.Order(), folders.Order());
        foreach (var file in Directory.GetFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal)))
        {
            var expected = "EdgeAgent"
                + string.Concat((Path.GetDirectoryName(Path.GetRelativePath(root, file)) ?? "")
                    .Split('/', StringSplitOptions.RemoveEmptyEntries).Select(p => "." + p));
            var found = NamespaceLine().Match(File.ReadAllText(file)).Groups[1].Value;
            if (Path.GetFileName(file) != "Program.cs") Assert.True(expected == found, $"{file}: namespace {found}, expected {expected}");
        }
    }

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();
}
