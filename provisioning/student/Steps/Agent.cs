using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using EdgeAgent.Platform;

namespace EdgeAgent.Lab;

/// <summary><c>quantize</c>, <c>bundle</c> and the 4-bit half of <c>evaluate</c>: edge-agent does them.</summary>
internal static class Agent
{
    private static readonly string[] Methods = ["gptq", "rtn"];

    /// <summary>Both 4-bit forms of the student, GPTQ on calibration text and nearest beside it.</summary>
    public static void Quantize(LabFolder folder)
    {
        var checkpoint = folder.Of("checkpoint");
        if (!Directory.Exists(checkpoint)) throw new ArgumentException($"{checkpoint} is not there; run `distil` first");
        foreach (var method in Methods)
        {
            var bundle = Bundle(folder, method);
            if (Directory.Exists(bundle)) Directory.Delete(bundle, recursive: true);
            string[] calibration = method == "gptq" ? ["--calibration", LabFolder.Needed(folder.Calibration, "data")] : [];
            Console.WriteLine(Run(folder, ["model", "import", "--from", checkpoint, "--out", bundle, "--quant", method, .. calibration,
                "--name", "cell-student", "--licence", "Apache-2.0"]));
        }
    }

    /// <summary>Scores both 4-bit forms on the suites of the checkout and of the data, and writes the figures down.</summary>
    public static void Evaluate(LabFolder folder)
    {
        var suites = Directory.GetFiles(Path.Combine(folder.Source, "suites"), "*.jsonl")
            .Concat(Directory.GetFiles(Path.Combine(folder.Work, "data"), "suite-*.jsonl")).Order(StringComparer.Ordinal).ToArray();
        var result = new JsonArray();
        foreach (var method in Methods.Where(m => Directory.Exists(Bundle(folder, m))))
        {
            var bundle = Bundle(folder, method);
            var score = JsonNode.Parse(Run(folder, ["eval", "--model", bundle, "--suite", .. suites, "--json"]))!;
            score["method"] = method;
            score["bytes"] = Directory.GetFiles(bundle).Sum(f => new FileInfo(f).Length);
            result.Add(score);
            Console.WriteLine($"{method}: {score["right"]} of {score["questions"]} right, {score["bytes"]} bytes");
        }
        if (result.Count > 0)
            DurableFile.Write(folder.Of("4-bit.json"), s => s.Write(Encoding.UTF8.GetBytes(result.ToJsonString())));
    }

    /// <summary>Puts the better 4-bit form into the work folder; what to do with it is said, not done.</summary>
    public static void Choose(LabFolder folder)
    {
        var scores = JsonNode.Parse(TextFile.ReadAllText(LabFolder.Needed(folder.Of("4-bit.json"), "quantize, then evaluate")))!.AsArray();
        var best = BundleChoice.Best(scores.Select(s => new Candidate(s!["method"]!.GetValue<string>(), s["bytes"]!.GetValue<long>(),
            s["right"]!.GetValue<int>(), s["questions"]!.GetValue<int>())))
            ?? throw new ArgumentException($"no 4-bit form is at most {BundleChoice.MaxBytes} bytes; take a smaller --student");
        var target = folder.Of("bundle");
        if (Directory.Exists(target)) Directory.Delete(target, recursive: true);
        Directory.CreateDirectory(target);
        foreach (var file in Directory.GetFiles(Bundle(folder, best.Method))) File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        Console.WriteLine($"{target}: {best.Method}, {best.Bytes} bytes, {best.Right} of {best.Asked} right. To ship it, copy it to "
            + "provisioning/models/cell-student and sign it with provisioning/student/sign.sh");
    }

    private static string Bundle(LabFolder folder, string method) => folder.Of(method);

    private static string Run(LabFolder folder, IReadOnlyList<string> arguments)
    {
        var agent = folder.Options.Agent ?? Path.Combine(folder.Source, "../../agent/bin/Release/net10.0/edge-agent.dll");
        if (!File.Exists(agent)) throw new ArgumentException($"{agent} is not there; build the agent, or name it with --agent");
        var isLibrary = agent.EndsWith(".dll", StringComparison.Ordinal);
        var start = new ProcessStartInfo(isLibrary ? "dotnet" : agent) { RedirectStandardOutput = true };
        if (isLibrary) start.ArgumentList.Add(agent);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output
            : throw new InvalidOperationException($"edge-agent {arguments[0]} {arguments[1]} ended with {process.ExitCode}: {output}");
    }
}
