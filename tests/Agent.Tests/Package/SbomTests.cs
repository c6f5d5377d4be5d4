using System.Text.Json.Nodes;
using EdgeAgent.Packaging;

namespace EdgeAgent.Tests.Package;

/// <summary>The bill of materials of the program beside these tests, which has the same packages as a published one.</summary>
public sealed class SbomTests
{
    private static readonly DateTimeOffset Time = new(2026, 11, 28, 0, 0, 0, TimeSpan.Zero);

    private static string Packages => Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private static readonly Lazy<string> Text = new(() => Sbom.Of(AppContext.BaseDirectory, Packages, Time));

    private static JsonObject Bill => JsonNode.Parse(Text.Value)!.AsObject();

    private static List<JsonObject> Components => [.. Bill["components"]!.AsArray().Select(c => c!.AsObject())];

    [Fact]
    public void Of_TheSameTwice_IsTheSame() => Assert.Equal(Text.Value, Sbom.Of(AppContext.BaseDirectory, Packages, Time));

    /// <summary>CycloneDX 1.6: what makes it a bill, and references that resolve.</summary>
    [Fact]
    public void Of_AnAgent_IsAWellFormedBill()
    {
        var bill = Bill;
        Assert.Equal(("CycloneDX", "1.6", 1), ((string)bill["bomFormat"]!, (string)bill["specVersion"]!, (int)bill["version"]!));
        Assert.Matches("^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", (string)bill["serialNumber"]!);
        Assert.Equal("2026-11-28T00:00:00Z", (string)bill["metadata"]!["timestamp"]!);
        var own = (string)bill["metadata"]!["component"]!["bom-ref"]!;
        var references = Components.Select(c => (string)c["bom-ref"]!).Append(own).ToList();
        Assert.Equal(references.Count, references.Distinct().Count());
        var dependencies = bill["dependencies"]!.AsArray();
        Assert.Equal(own, (string)dependencies[0]!["ref"]!);
        Assert.All(dependencies.SelectMany(d => d!["dependsOn"]!.AsArray().Append(d["ref"])),
            reference => Assert.Contains((string)reference!, references));
    }

    private static bool IsOfNpm(JsonObject component) => ((string)component["purl"]!).StartsWith("pkg:npm/", StringComparison.Ordinal);

    [Fact]
    public void Of_AnAgentWithPages_NamesThePackagesInsideThem()
    {
        if (!File.Exists(Path.Combine(AppContext.BaseDirectory, "pages", "packages.json")))
            Assert.Skip("the pages were not built: npm or its registry is missing");
        var packages = Components.Where(c => c["purl"] is not null && IsOfNpm(c)).ToDictionary(c => (string)c["name"]!);
        Assert.Equal(["preact", "uqr"], packages.Keys.Order(StringComparer.Ordinal));
        Assert.All(packages.Values, c => Assert.Equal("MIT", (string)c["licenses"]![0]!["expression"]!));
    }

    /// <summary>What is shipped is in it with version, digest and licence; what only builds is not.</summary>
    [Fact]
    public void Of_AnAgent_NamesPackagesWithDigestAndLicence()
    {
        var packages = Components.Where(c => (string)c["type"]! == "library" && !IsOfNpm(c)).ToDictionary(c => (string)c["name"]!);
        Assert.All(packages.Values, c => Assert.Equal(128, ((string)c["hashes"]![0]!["content"]!).Length));
        Assert.Equal("Apache-2.0", (string)packages["Serilog"]["licenses"]![0]!["expression"]!);
        Assert.Equal("in the package: LICENSE", (string)packages["MQTTnet"]["licenses"]![0]!["license"]!["name"]!);
        Assert.Contains("Microsoft.ML.OnnxRuntime", packages.Keys);
        Assert.DoesNotContain("Grpc.Tools", packages.Keys);
        Assert.DoesNotContain("Microsoft.CodeAnalysis.BannedApiAnalyzers", packages.Keys);
        var weights = Components.Single(c => (string)c["name"]! == "models/cell-student/weights.safetensors");
        Assert.Equal(("machine-learning-model", 64), ((string)weights["type"]!, ((string)weights["hashes"]![0]!["content"]!).Length));
    }
}
