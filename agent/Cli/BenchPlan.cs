using System.Text.Json.Nodes;
using EdgeAgent.Bundles;
using EdgeAgent.Evaluation.Planning;
using EdgeAgent.Import.Checkpoints;
using Spectre.Console;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent bench --plan</c>: a device's arithmetic for a student, from published and measured constants.</summary>
internal static class BenchPlan
{
    /// <summary>The device the command runs on: its constants are measured.</summary>
    public const string ThisMachine = "x86";

    private static readonly int[] Rows = [1, 4, 8, 16];
    private const double SharedPrefix = 0.75;

    public static IEnumerable<string> Names => Device.Known.Select(d => d.Name).Append(ThisMachine);

    /// <summary>The size of a bundle, or of an architecture whose Hugging Face config.json is given.</summary>
    public static StudentSize SizeOf(string model)
    {
        if (File.Exists(model)) return StudentSize.Of(Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(model)))!,
            HuggingFaceCheckpoint.ArchitectureOf(model));
        using var bundle = Bundle.Open(model);
        return StudentSize.Of(bundle);
    }

    public static void Print(Device device, StudentSize student, int prompt, bool asJson)
    {
        var plan = new DevicePlan(device, student, prompt, SharedPrefix);
        if (asJson) Console.WriteLine(ToJson(plan).ToJsonString());
        else PrintTable(plan);
    }

    private static IEnumerable<(string Name, Constant Constant, string Text)> Constants(DevicePlan plan)
    {
        var d = plan.Device;
        yield return ("bandwidth", d.Bandwidth, $"{d.Bandwidth.Value / 1e9:F1} GB/s");
        yield return ("bandwidth_share", d.BandwidthShare, $"{d.BandwidthShare.Value:P0}");
        yield return ("row_rate", d.RowRate, $"{d.RowRate.Value / 1e12:F3} T operations/s");
        yield return ("prefill_rate", d.PrefillRate, $"{d.PrefillRate.Value / 1e12:F3} T operations/s");
        yield return ("memory", d.Memory, $"{d.Memory.Value / 1e9:F0} GB");
    }

    private static void PrintTable(DevicePlan plan)
    {
        var student = plan.Student;
        Console.WriteLine($"{student.Name} on {plan.Device.Description}: arithmetic, no measurement of this student there");
        Console.WriteLine(
            $"{student.Parameters / 1e6:F0} M weights, {student.StepBytes / 1e6:F0} MB read a step, " +
            $"{student.CacheBytes / 1e3:F1} kB of cache a token");
        Console.WriteLine($"ceiling of one row {plan.Ceiling:F0} tokens/s; {plan.RowsIn(2048)} rows of 2048 tokens fit");
        foreach (var (name, constant, text) in Constants(plan))
        {
            var measured = constant.IsMeasured ? "measured here" : "not measured by us";
            Console.WriteLine($"  {name.Replace('_', ' ')}: {text} ({measured}: {constant.Source})");
        }
        var table = new Table().AddColumns("rows", "step ms", "tokens/s");
        foreach (var tokens in DevicePlan.AnswerTokens) table.AddColumn($"{tokens}-token answers/s\n(75 % shared prefix)");
        foreach (var rows in Rows)
        {
            var step = plan.Step(rows, plan.PromptTokens);
            table.AddRow([$"{rows}", $"{step * 1000:F1}", $"{rows / step:F0}",
                .. DevicePlan.AnswerTokens.Select(t => plan.Answers(rows, t)).Select(a => $"{a.Cold:F1} ({a.Shared:F1})")]);
        }
        AnsiConsole.Write(table);
        Console.WriteLine($"prompts of {plan.PromptTokens} tokens. What would break it: kernels slower at many rows, a cooler power mode,");
        Console.WriteLine("a GPU shared with cameras, longer prompts, answers that reason first.");
    }

    private static JsonObject ToJson(DevicePlan plan)
    {
        var constants = new JsonObject();
        foreach (var (name, constant, _) in Constants(plan))
            constants[name] = new JsonObject
            {
                ["value"] = constant.Value,
                ["source"] = constant.Source,
                ["measured"] = constant.IsMeasured
            };
        return new JsonObject
        {
            ["device"] = plan.Device.Name,
            ["student"] = plan.Student.Name,
            ["parameters"] = plan.Student.Parameters,
            ["step_bytes"] = plan.Student.StepBytes,
            ["cache_bytes_per_token"] = plan.Student.CacheBytes,
            ["prompt"] = plan.PromptTokens,
            ["shared_prefix"] = plan.SharedPrefix,
            ["ceiling_tokens_per_s"] = Math.Round(plan.Ceiling, 1),
            ["constants"] = constants,
            ["rows"] = new JsonArray([.. Rows.Select(rows => (JsonNode)new JsonObject
            {
                ["rows"] = rows,
                ["step_ms"] = Math.Round(plan.Step(rows, plan.PromptTokens) * 1000, 2),
                ["answers_per_s"] = new JsonArray([.. DevicePlan.AnswerTokens.Select(t => plan.Answers(rows, t)).Select(a =>
                    (JsonNode)new JsonObject
                    {
                        ["tokens"] = a.Tokens, ["cold"] = Math.Round(a.Cold, 2), ["shared"] = Math.Round(a.Shared, 2)
                    })]),
            })]),
        };
    }
}
