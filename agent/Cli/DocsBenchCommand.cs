using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using EdgeAgent.Evaluation;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent docs bench</c>: what a library of a size costs on this machine.</summary>
internal static class DocsBenchCommand
{
    public static Command Create(TimeProvider clock)
    {
        var passages = new Option<int>("--passages") { Description = "Size, 1..1000000.", DefaultValueFactory = _ => 100_000 };
        OptionValues.Limit(passages, "1..1000000", n => n is >= 1 and <= 1_000_000);
        var questions = new Option<int>("--questions") { Description = "Questions, 10..100000.", DefaultValueFactory = _ => 1000 };
        OptionValues.Limit(questions, "10..100000", n => n is >= 10 and <= 100_000);
        var asJson = DocsCommand.Json();
        var command = new Command("bench", "Measure index, memory and the time of a question on made-up manuals of a size; one thread.")
        { passages, questions, asJson };
        command.SetAction(result => CommandErrors.Run(() =>
        {
            var f = LibraryBench.Run(result.GetValue(passages), result.GetValue(questions), clock);
            var speed = f.TextBytes / 1e6 / f.IndexSeconds;
            if (result.GetValue(asJson))
                Console.WriteLine(new JsonObject
                {
                    ["passages"] = f.Passages,
                    ["text_bytes"] = f.TextBytes,
                    ["index_mb_per_core_s"] = Math.Round(speed, 2),
                    ["text_mb"] = Math.Round(f.TextMegabytes, 1),
                    ["index_mb"] = Math.Round(f.IndexMegabytes, 1),
                    ["p50_ms"] = Math.Round(f.P50Milliseconds, 2),
                    ["p99_ms"] = Math.Round(f.P99Milliseconds, 2),
                }.ToJsonString());
            else
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{f.Passages} passages, {f.TextBytes / 1e6:F1} MB of text: "
                    + $"indexed at {speed:F1} MB a second of one core; {f.TextMegabytes:F0} MB of memory for the text, "
                    + $"{f.IndexMegabytes:F0} MB for the index; "
                    + $"a question takes {f.P50Milliseconds:F1} ms (p99 {f.P99Milliseconds:F1} ms)"));
            return ExitCodes.Success;
        }));
        return command;
    }
}
