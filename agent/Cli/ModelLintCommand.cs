using System.CommandLine;
using System.Text.Json.Nodes;
using EdgeAgent.Bundles;
using EdgeAgent.Inference;
using EdgeAgent.Inference.Graph.Forms;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent model lint</c>: whether devices, and TensorRT, will take a bundle.</summary>
internal static class ModelLintCommand
{
    public static Command Create(TimeProvider clock)
    {
        var directory = new Argument<string>("DIR") { Description = "A bundle." };
        var tensorRt = new Option<string?>("--tensorrt")
        {
            Description = $"Hold the generated graph to the rules of one version: {Known}; default: all.",
        };
        var asJson = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("lint",
            "Check a bundle, and the graph generated from it, against the rules of TensorRT and of the devices; exit code 1 when there are "
            + "errors.")
        {
            directory, tensorRt, asJson,
        };
        command.SetAction(result => CommandErrors.Run(() =>
        {
            var versions = Versions(result.GetValue(tensorRt));
            using var bundle = Bundle.Open(result.GetRequiredValue(directory));
            List<LintFinding> findings = [.. BundleLint.Check(bundle), .. StudentText.Lint(bundle.Directory, bundle.Manifest, clock)];
            List<TensorRtVerdict> verdicts = [.. versions.Select(v => TensorRtLint.Check(bundle, v))];
            var errors = findings.Count(f => f.IsError) + verdicts.Sum(v => v.Findings.Count);
            if (result.GetValue(asJson)) Console.WriteLine(ToJson(findings, verdicts, errors).ToJsonString());
            else Print(findings, verdicts, errors);
            return errors > 0 ? ExitCodes.Failure : ExitCodes.Success;
        }));
        return command;
    }

    private static string Known => string.Join(" or ", TensorRtOperators.Versions);

    /// <exception cref="UsageException"/>
    private static IReadOnlyList<Version> Versions(string? asked) => asked is null ? TensorRtOperators.Versions
        : Version.TryParse(asked, out var version) && TensorRtOperators.Versions.Contains(version) ? [version]
        : throw new UsageException($"--tensorrt expects {Known}; found '{asked}'");

    private static JsonObject ToJson(List<LintFinding> findings, List<TensorRtVerdict> verdicts, int errors) => new()
    {
        ["errors"] = errors,
        ["warnings"] = findings.Count(f => !f.IsError),
        ["findings"] = new JsonArray([.. findings.Select(f => (JsonNode)new JsonObject
        {
            ["rule"] = f.Rule,
            ["error"] = f.IsError,
            ["subject"] = f.Subject,
            ["expected"] = f.Expected,
            ["found"] = f.Found,
        })]),
        ["tensorrt"] = new JsonArray([.. verdicts.Select(v => (JsonNode)ToJson(v))]),
    };

    private static JsonObject ToJson(TensorRtVerdict verdict) => new()
    {
        ["version"] = $"{verdict.Version}",
        ["form"] = verdict.Form,
        ["nodes"] = verdict.Nodes,
        ["taken"] = verdict.Taken,
        ["findings"] = new JsonArray([.. verdict.Findings.Select(f => (JsonNode)new JsonObject
        {
            ["node"] = f.Node,
            ["rule"] = f.Rule,
            ["expected"] = f.Expected,
            ["found"] = f.Found,
            ["source"] = TensorRtRules.All.First(r => r.Id == f.Rule).Source,
        })]),
    };

    private static void Print(List<LintFinding> findings, List<TensorRtVerdict> verdicts, int errors)
    {
        foreach (var same in findings.GroupBy(f => (f.Rule, f.IsError, f.Expected, f.Found)))
        {
            var others = same.Count() > 1 ? $" and {same.Count() - 1} more" : "";
            Console.WriteLine($"{(same.Key.IsError ? "error" : "warning")} {same.Key.Rule}: {same.First().Subject}{others}: " +
                $"expected {same.Key.Expected}; found {same.Key.Found}");
        }
        foreach (var verdict in verdicts)
        {
            Console.WriteLine($"TensorRT {verdict.Version}, form {verdict.Form}: {verdict.Taken} of {verdict.Nodes} nodes taken");
            foreach (var finding in verdict.Findings) Console.WriteLine($"error {finding}");
        }
        Console.WriteLine($"{errors} errors, {findings.Count(f => !f.IsError)} warnings");
    }
}
