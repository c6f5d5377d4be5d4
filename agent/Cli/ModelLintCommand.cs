using System.CommandLine;
using System.Text.Json.Nodes;
using EdgeAgent.Bundles;
using EdgeAgent.Inference;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent model lint</c>: whether devices, and TensorRT, will take a bundle.</summary>
internal static class ModelLintCommand
{
    public static Command Create(TimeProvider clock)
    {
        var directory = new Argument<string>("DIR") { Description = "A bundle." };
        var asJson = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("lint",
            "Check a bundle against the rules of TensorRT and of the devices; exit code 1 when there are errors.") { directory, asJson };
        command.SetAction(result => CommandErrors.Run(() =>
        {
            using var bundle = Bundle.Open(result.GetRequiredValue(directory));
            List<LintFinding> findings = [.. BundleLint.Check(bundle), .. StudentText.Lint(bundle.Directory, bundle.Manifest, clock)];
            var errors = findings.Count(f => f.IsError);
            if (result.GetValue(asJson)) Console.WriteLine(ToJson(findings, errors).ToJsonString());
            else Print(findings, errors);
            return errors > 0 ? ExitCodes.Failure : ExitCodes.Success;
        }));
        return command;
    }

    private static JsonObject ToJson(List<LintFinding> findings, int errors) => new()
    {
        ["errors"] = errors,
        ["warnings"] = findings.Count - errors,
        ["findings"] = new JsonArray([.. findings.Select(f => (JsonNode)new JsonObject
        {
            ["rule"] = f.Rule,
            ["error"] = f.IsError,
            ["subject"] = f.Subject,
            ["expected"] = f.Expected,
            ["found"] = f.Found,
        })]),
    };

    private static void Print(List<LintFinding> findings, int errors)
    {
        foreach (var same in findings.GroupBy(f => (f.Rule, f.IsError, f.Expected, f.Found)))
        {
            var others = same.Count() > 1 ? $" and {same.Count() - 1} more" : "";
            Console.WriteLine($"{(same.Key.IsError ? "error" : "warning")} {same.Key.Rule}: {same.First().Subject}{others}: " +
                $"expected {same.Key.Expected}; found {same.Key.Found}");
        }
        Console.WriteLine($"{errors} errors, {findings.Count - errors} warnings");
    }
}
