using System.CommandLine;
using System.Text.Json;
using EdgeAgent.Hosting;
using EdgeAgent.Platform;
using EdgeAgent.Thermal;
using Spectre.Console;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent thermal replay</c>: runs recorded temperatures through the degradation ladder.</summary>
internal static class ThermalCommand
{
    public static Command Create()
    {
        var trace = new Option<string?>("--trace")
        {
            Description = "CSV file with the columns t_s, tj_c, cpu_c, gpu_c, soc_c, throttle, rate_ratio."
        };
        var lines = new Option<bool>("--jsonl")
        {
            Description = "One reading per line in, one {\"t_s\",\"level\",\"reason\"} per line out, flushed at once."
        };
        var plot = new Option<string?>("--plot") { Description = "Write the trace and its levels as an SVG plot to this file." };
        var config = new Option<string?>("--config") { Description = "Configuration file whose section Thermal is used." };
        var replay = new Command("replay", "Run recorded temperatures through the degradation ladder.") { trace, lines, plot, config };
        replay.SetAction(result => CommandErrors.Run(() =>
        {
            var options = AgentSettings.Load(result.GetValue(config), new Dictionary<string, string?>()).Thermal;
            var ladder = new Ladder(options);
            if (result.GetValue(lines))
            {
                if (result.GetValue(trace) is not null || result.GetValue(plot) is not null)
                    throw new UsageException("--jsonl excludes --trace and --plot");
                JsonLines.Run(Console.In, Console.Out, (line, json) => Line(ladder, line, json));
                return ExitCodes.Success;
            }
            var readings = HeatProfile.Load(result.GetValue(trace) ?? throw new UsageException("replay needs --trace CSV or --jsonl"));
            var states = readings.Select(r => (Reading: r, State: ladder.Next(r), ladder.Control)).ToList();
            Print(states);
            if (result.GetValue(plot) is { } file) DurableFile.WriteAllText(file, HeatPlot.Svg(states, options));
            return ExitCodes.Success;
        }));
        return new Command("thermal", "The degradation ladder.") { replay };
    }

    private static void Line(Ladder ladder, JsonElement line, Utf8JsonWriter json)
    {
        double? Field(string name)
        {
            if (!line.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null) return null;
            return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number)
                ? number : throw new InstrumentException("invalid_request", $"{name} is not a number");
        }
        var seconds = Field("t_s") ?? throw new InstrumentException("invalid_request", "t_s is missing");
        var state =
            ladder.Next(new ThermalReading(seconds, Field("tj_c"), Field("cpu_c"), Field("gpu_c"), Field("soc_c"), Field("throttle"),
                Field("rate_ratio")));
        json.WriteNumber("t_s", seconds);
        json.WriteString("level", state.Level.ToString());
        json.WriteString("reason", state.Reason);
    }

    private static void Print(List<(ThermalReading Reading, LadderState State, double? Control)> states)
    {
        var table = new Table().AddColumns("t_s", "hottest C", "control C", "level", "reason");
        LadderState? last = null;
        foreach (var (reading, state, control) in states)
        {
            if (state.Level == last?.Level) continue;
            table.AddRow([new Text($"{reading.Seconds:F0}"), new Text($"{reading.Hottest:F1}"), new Text($"{control:F1}"),
                new Text(state.Level.ToString()), new Text(state.Reason)]);
            last = state;
        }
        AnsiConsole.Write(table);
    }
}
