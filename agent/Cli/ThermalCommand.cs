using System.CommandLine;
using System.Globalization;
using System.Text;
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
            if (result.GetValue(plot) is { } file) DurableFile.WriteAllText(file, Svg(states, options));
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

    private static string Svg(List<(ThermalReading Reading, LadderState State, double? Control)> states, LadderOptions options)
    {
        const int width = 900, height = 320, left = 40;
        double end = Math.Max(1, states[^1].Reading.Seconds), low = 20, high = 105;
        string X(double t) => (left + t / end * (width - left - 10)).ToString("F1", CultureInfo.InvariantCulture);
        string Y(double c) =>
            (height - 30 - (Math.Clamp(c, low, high) - low) / (high - low) * (height - 40)).ToString("F1", CultureInfo.InvariantCulture);
        var svg =
            new StringBuilder(
                $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" " +
                $"font-size=\"11\"><rect width=\"100%\" height=\"100%\" fill=\"white\"/>");
        string[] colours = ["none", "#fff3c4", "#ffd9a0", "#ffb3a0", "#ff8080"];
        for (var i = 0; i + 1 < states.Count; i++)
            if (states[i].State.Level > Level.L0)
                svg.Append(CultureInfo.InvariantCulture,
                    $"<rect x=\"{X(states[i].Reading.Seconds)}\" y=\"10\" " +
                    $"width=\"{(states[i + 1].Reading.Seconds - states[i].Reading.Seconds) / end * (width - left - 10):F2}\" " +
                    $"height=\"{height - 40}\" fill=\"{colours[(int)states[i].State.Level]}\"/>");
        for (var level = Level.L1; level <= Level.L4; level++)
            svg.Append(CultureInfo.InvariantCulture,
                $"<line x1=\"{left}\" x2=\"{width - 10}\" y1=\"{Y(options.EnterAt(level))}\" y2=\"{Y(options.EnterAt(level))}\" " +
                $"stroke=\"#999\" stroke-dasharray=\"4 3\"/><text x=\"4\" y=\"{Y(options.EnterAt(level))}\">{level} " +
                $"{options.EnterAt(level):F0}</text>");
        var points = string.Join(' ', states.Where(s => s.Reading.Hottest is not null)
            .Select(s => $"{X(s.Reading.Seconds)},{Y(s.Reading.Hottest!.Value)}"));
        svg.Append(CultureInfo.InvariantCulture,
            $"<polyline fill=\"none\" stroke=\"#c00\" points=\"{points}\"/><text x=\"{left}\" y=\"{height - 8}\">0 s</text>" +
            $"<text x=\"{width - 70}\" y=\"{height - 8}\">{end:F0} s</text></svg>\n");
        return svg.ToString();
    }
}
