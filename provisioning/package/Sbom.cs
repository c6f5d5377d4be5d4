using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace EdgeAgent.Packaging;

/// <summary>
/// A bill of materials in CycloneDX 1.6 of what a published agent contains: the packages of its <c>deps.json</c> with their digests,
/// licences and dependencies, the .NET runtime, npm's packages inside the pages, native libraries and bundled models. The same input gives
/// the same bytes.
/// </summary>
internal static class Sbom
{
    private const string Agent = "edge-agent";
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <param name="directory">The published agent.</param>
    /// <param name="packages">NuGet's folder of packages, for their licences; the bill has none of a package that is not there.</param>
    /// <exception cref="IOException">There is no <c>edge-agent.deps.json</c>.</exception>
    public static string Of(string directory, string packages, DateTimeOffset time)
    {
        var deps = JsonNode.Parse(File.ReadAllText(Path.Combine(directory, $"{Agent}.deps.json")))!.AsObject();
        var target = deps["targets"]![(string)deps["runtimeTarget"]!["name"]!]!.AsObject();
        var libraries = deps["libraries"]!.AsObject();
        var version = target.Select(l => l.Key.Split('/')).First(l => l[0] == Agent)[1];
        // a package without files in the output is a name that only brings others
        var shipped = target.Where(l => IsPackage(libraries, l.Key) && HasFiles(l.Value!))
            .OrderBy(l => l.Key, StringComparer.Ordinal).ToList();
        var references = shipped.ToDictionary(l => l.Key.Split('/')[0], l => Reference(l.Key), StringComparer.OrdinalIgnoreCase);
        var own = $"pkg:generic/{Agent}@{version}";
        var components = shipped.Select(l => Package(l.Key, libraries[l.Key]!, packages))
            .Concat(Pages(directory)).Concat(Files(directory)).ToList();
        var bill = new JsonObject
        {
            ["bomFormat"] = "CycloneDX",
            ["specVersion"] = "1.6",
            ["version"] = 1,
            ["metadata"] = new JsonObject
            {
                ["timestamp"] = time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture),
                ["component"] = new JsonObject
                {
                    ["type"] = "application",
                    ["bom-ref"] = own,
                    ["name"] = Agent,
                    ["version"] = version,
                    ["purl"] = own,
                    ["licenses"] = Licence("Apache-2.0"),
                },
            },
            ["components"] = new JsonArray([.. components]),
            ["dependencies"] = new JsonArray([
                new JsonObject
                {
                    ["ref"] = own,
                    ["dependsOn"] = new JsonArray([.. references.Values.Order(StringComparer.Ordinal).Select(r => (JsonNode)r)]),
                },
                .. shipped.Select(l => Dependencies(l.Key, l.Value!, references))]),
        };
        // a serial number for this content, and not for this build
        bill["serialNumber"] = $"urn:uuid:{new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(bill.ToJsonString()))[..16])}";
        return bill.ToJsonString(Indented) + "\n";
    }

    private static bool IsPackage(JsonObject libraries, string key) => (string?)libraries[key]?["type"] is "package" or "runtimepack";

    private static bool HasFiles(JsonNode library) => library["runtime"] is not null || library["native"] is not null
        || library["runtimeTargets"] is not null;

    private static string Reference(string key)
    {
        var parts = key.Split('/');
        return $"pkg:nuget/{parts[0].Replace("runtimepack.", "", StringComparison.Ordinal)}@{parts[1]}";
    }

    private static JsonObject Package(string key, JsonNode library, string packages)
    {
        var reference = Reference(key);
        var (name, version) = (reference["pkg:nuget/".Length..].Split('@')[0], key.Split('/')[1]);
        var component = new JsonObject
        {
            ["type"] = (string?)library["type"] == "runtimepack" ? "framework" : "library",
            ["bom-ref"] = reference,
            ["name"] = name,
            ["version"] = version,
            ["purl"] = reference,
        };
        if ((string?)library["sha512"] is { } digest && digest.StartsWith("sha512-", StringComparison.Ordinal))
            component["hashes"] = Digest("SHA-512", Convert.FromBase64String(digest["sha512-".Length..]));
        if (LicenceOf(name, version, packages) is { } licence) component["licenses"] = licence;
        return component;
    }

    /// <summary>What the built pages contain of npm's packages; none where there are no pages.</summary>
    private static IEnumerable<JsonObject> Pages(string directory)
    {
        var list = Path.Combine(directory, "pages", "packages.json");
        if (!File.Exists(list)) return [];
        return JsonNode.Parse(File.ReadAllText(list))!.AsArray().Select(package => new JsonObject
        {
            ["type"] = "library",
            ["bom-ref"] = $"pkg:npm/{package!["name"]}@{package["version"]}",
            ["name"] = (string?)package["name"],
            ["version"] = (string?)package["version"],
            ["purl"] = $"pkg:npm/{package["name"]}@{package["version"]}",
            ["licenses"] = Licence((string)package["license"]!),
        });
    }

    /// <summary>Native libraries and models: they are exchanged without a package's version telling.</summary>
    private static IEnumerable<JsonObject> Files(string directory) =>
        from file in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)
        let name = Path.GetRelativePath(directory, file)
        where Path.GetFileName(file).Contains(".so", StringComparison.Ordinal) || name.StartsWith("models/", StringComparison.Ordinal)
        orderby name
        let isModel = file.EndsWith(".safetensors", StringComparison.Ordinal) || file.EndsWith(".entities", StringComparison.Ordinal)
        select new JsonObject
        {
            ["type"] = isModel ? "machine-learning-model" : "file",
            ["bom-ref"] = $"file:{name}",
            ["name"] = name,
            ["hashes"] = Digest("SHA-256", SHA256.HashData(File.ReadAllBytes(file))),
        };

    private static JsonObject Dependencies(string key, JsonNode library, Dictionary<string, string> references) => new()
    {
        ["ref"] = Reference(key),
        ["dependsOn"] = new JsonArray([.. (library["dependencies"]?.AsObject() ?? [])
            .Where(d => references.ContainsKey(d.Key)).Select(d => references[d.Key])
            .Order(StringComparer.Ordinal).Select(r => (JsonNode)r)]),
    };

    private static JsonArray Digest(string algorithm, byte[] digest) =>
        [new JsonObject { ["alg"] = algorithm, ["content"] = Convert.ToHexStringLower(digest) }];

    /// <summary>A licence by its SPDX expression, or the address a package gives for it; null where it gives none.</summary>
    private static JsonArray? LicenceOf(string name, string version, string packages)
    {
        var id = name.ToLowerInvariant();
        var path = Path.Combine(packages, id, version.ToLowerInvariant(), $"{id}.nuspec");
        if (!File.Exists(path)) return null;
        var metadata = XDocument.Load(path).Root!.Elements().First(e => e.Name.LocalName == "metadata");
        var licence = metadata.Elements().FirstOrDefault(e => e.Name.LocalName == "license");
        if ((string?)licence?.Attribute("type") == "expression") return Licence(licence!.Value.Trim());
        if (licence is not null)
            return [new JsonObject { ["license"] = new JsonObject { ["name"] = $"in the package: {licence.Value.Trim()}" } }];
        return metadata.Elements().FirstOrDefault(e => e.Name.LocalName == "licenseUrl") is { } url
            ? [new JsonObject { ["license"] = new JsonObject { ["name"] = "by address", ["url"] = url.Value.Trim() } }] : null;
    }

    private static JsonArray Licence(string expression) => [new JsonObject { ["expression"] = expression }];
}
