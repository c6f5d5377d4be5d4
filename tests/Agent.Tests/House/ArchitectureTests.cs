using System.Text.RegularExpressions;

namespace EdgeAgent.Tests.House;

/// <summary>
/// The walls between the folders of agent/ (docs/understand/architecture.md), read from the sources: the root, sub-folders and constants
/// count too. A dependency is a using directive (the build refuses those nobody needs) or a qualified name.
/// </summary>
public sealed partial class ArchitectureTests
{
    /// <summary>
    /// What a folder may use of the others; Platform is everybody's. The longest matching row counts, and a folder sees its own row's
    /// sub-folders.
    /// </summary>
    internal static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["."] = ["Cli"],
        ["Platform"] = [],
        ["Telemetry"] = [],
        ["Thermal"] = [],
        ["Mqtt"] = [],
        ["Privacy"] = [],
        ["Bundles"] = [],
        ["Answers"] = ["Privacy"],
        ["Knowledge"] = ["Answers/Matching", "Privacy"],
        ["Inference"] = ["Bundles"],
        ["Inference/Tokenization"] = [],
        ["Inference/ChatTemplates"] = [],
        ["Inference/Sampling"] = [],
        ["Inference/Structured"] = ["Inference/Sampling", "Inference/Tokenization"],
        ["Inference/Engine"] = ["Inference/Decoders", "Inference/Sampling", "Inference/Tokenization"],
        ["Import"] = ["Bundles", "Inference"],
        ["Serving"] = ["Bundles", "Inference"],
        ["Updates"] = ["Bundles", "Serving"],
        ["Updates/Sources"] = ["Bundles", "Serving", "Updates", "Mqtt"],
        ["Evaluation"] = ["Serving", "Inference", "Bundles", "Knowledge", "Privacy", "Updates"],
        ["Queries"] = ["Answers", "Knowledge", "Privacy", "Serving", "Thermal", "Telemetry"],
        ["Endpoints"] = ["Queries", "Updates", "Answers", "Knowledge", "Serving", "Bundles", "Thermal", "Telemetry", "Mqtt"],
        ["Fleet"] = ["Bundles", "Updates", "Mqtt"],
        ["Hosting"] = ["Answers", "Bundles", "Endpoints", "Evaluation", "Inference", "Knowledge", "Mqtt", "Privacy",
            "Queries", "Serving", "Telemetry", "Thermal", "Updates"],
        ["Cli"] = ["Answers", "Bundles", "Evaluation", "Fleet", "Hosting", "Import", "Inference", "Knowledge", "Mqtt",
            "Privacy", "Serving", "Telemetry", "Thermal", "Updates"],
    };

    /// <summary>Namespaces of libraries, and the folders that may see them.</summary>
    internal static readonly Dictionary<string, string[]> Libraries = new()
    {
        ["Microsoft.ML.OnnxRuntime"] = ["Inference", "Import", "Bundles"],
        ["Google.Protobuf"] = ["Inference", "Import", "Bundles"],
        ["MQTTnet"] = ["Mqtt"],
        ["Serilog"] = ["Telemetry"],
        ["Polly"] = ["Mqtt", "Serving"],
        ["Microsoft.Data.Sqlite"] = ["Platform", "Answers/Storage", "Telemetry", "Mqtt"],
        ["Microsoft.AspNetCore"] = ["Endpoints/Http", "Endpoints/Pages"],
        ["OpenTelemetry"] = ["Telemetry"],
        ["System.Device.Gpio"] = ["Platform"],
        ["System.Device.I2c"] = ["Platform", "Thermal"],
        ["Iot.Device"] = ["Thermal"],
        ["ScottPlot"] = ["Cli"],
        ["Spectre.Console"] = ["Cli"],
        ["System.CommandLine"] = ["Cli", "."],
        ["UglyToad.PdfPig"] = ["Knowledge/Reading"],
        ["AngleSharp"] = ["Knowledge/Reading"],
    };

    private static readonly string Root = Path.Combine(SharedData.Repository, "agent");

    /// <summary>Every source, by its folder below agent/ ("." for the root), without comments and texts.</summary>
    private static readonly IReadOnlyList<(string File, string Folder, string Text, string Code)> Sources =
        [.. AgentSources.All.Select(f => (f.Path, f.Folder, f.Text, f.Code))];

    public static TheoryData<string> Rows => [.. Allowed.Keys];

    public static TheoryData<string> LibraryNames => [.. Libraries.Keys];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Folder_SeesOnlyWhatItMay(string row)
    {
        var folders = Sources.Select(s => s.Folder).ToHashSet();
        var wrong = new List<string>();
        foreach (var (file, folder, _, code) in Sources.Where(s => RowOf(s.Folder) == row))
            foreach (var used in References(code).Select(FolderOf).Where(f => f != "." && folders.Any(x => IsWithin(x, f))).Distinct())
                if (!Allowed[row].Append("Platform").Append(row).Any(a => IsWithin(used, a))) wrong.Add($"{file} uses {used}");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Theory]
    [MemberData(nameof(LibraryNames))]
    public void Library_IsSeenOnlyByItsFolders(string library)
    {
        var seen = new Regex($@"\b{Regex.Escape(library)}\b");
        Assert.All(Sources.Where(s => seen.IsMatch(s.Code)),
            s => Assert.True(Libraries[library].Any(f => IsWithin(s.Folder, f)), $"{s.File} sees {library}"));
    }

    /// <summary>The rules must be able to fail: the owners do use their library, and dependencies are seen.</summary>
    [Fact]
    public void Rules_SeeRealUse()
    {
        Assert.Contains(Sources, s => s.Folder == "Mqtt" && s.Code.Contains("MQTTnet", StringComparison.Ordinal));
        Assert.Contains(Sources, s => s.Folder.StartsWith("Queries", StringComparison.Ordinal)
            && References(s.Code).Contains("EdgeAgent.Answers"));
        Assert.Equal(["EdgeAgent.Mqtt", "EdgeAgent.Thermal"], References("using EdgeAgent.Mqtt;\nvar x = Thermal.Level.L0;").Order());
    }

    /// <summary>Sensors and board files are read in one place.</summary>
    [Fact]
    public void Sysfs_IsReadOnlyByPlatformAndThermal() =>
        Assert.All(Sources.Where(s => s.Text.Contains("\"/sys", StringComparison.Ordinal)),
            s => Assert.True(s.Folder is "Platform" or "Thermal", $"{s.File} names /sys"));

    [Fact]
    public void Sources_FoldersAreNamespacesAndOnlyProgramIsInTheRoot()
    {
        Assert.Equal(["Program.cs"], Sources.Where(s => s.Folder == ".").Select(s => Path.GetFileName(s.File)));
        Assert.Equal(Allowed.Keys.Where(k => k != "." && !k.Contains('/', StringComparison.Ordinal)).Order(),
            Sources.Select(s => s.Folder.Split('/')[0]).Where(f => f != ".").Distinct().Order());
        Assert.All(Sources.Where(s => s.Folder != "."), s =>
        {
            var expected = "EdgeAgent." + s.Folder.Replace('/', '.');
            var found = NamespaceLine().Match(s.Text).Groups[1].Value;
            Assert.True(expected == found, $"{s.File}: namespace {found}, expected {expected}");
        });
    }

    /// <summary>
    /// Namespaces a source names: by using directives, and by qualified names that begin with a folder's name. The line of its own
    /// namespace does not count.
    /// </summary>
    private static IEnumerable<string> References(string code) =>
        Using().Matches(code).Select(m => m.Groups[1].Value)
            .Concat(Qualified.Matches(NamespaceLine().Replace(Using().Replace(code, ""), "")).Select(m => "EdgeAgent." + m.Groups[1].Value))
            .Distinct();

    private static readonly Regex Qualified = new(
        $@"(?<![.\w""])(?:EdgeAgent\.)?({string.Join('|', Allowed.Keys.Where(IsTopLevel))})\.[A-Z]\w*[.(<]?");

    private static bool IsTopLevel(string row) => row != "." && !row.Contains('/', StringComparison.Ordinal);

    private static string FolderOf(string name) => name == "EdgeAgent" ? "." : name["EdgeAgent.".Length..].Replace('.', '/');

    private static string RowOf(string folder)
    {
        for (var f = folder; ; f = f[..Math.Max(0, f.LastIndexOf('/'))])
        {
            if (Allowed.ContainsKey(f)) return f;
            if (!f.Contains('/', StringComparison.Ordinal)) return f;
        }
    }

    private static bool IsWithin(string folder, string outer) =>
        folder == outer || folder.StartsWith(outer + "/", StringComparison.Ordinal);

    [GeneratedRegex(@"^\s*(?:global )?using (?:static )?(?:\w+ = )?(EdgeAgent[\w.]*);", RegexOptions.Multiline)]
    private static partial Regex Using();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();
}
