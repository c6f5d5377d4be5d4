using EdgeAgent.Thermal;
using ScottPlot;

namespace EdgeAgent.Cli;

/// <summary>Draws a trace of temperatures and the levels that the ladder made of it.</summary>
internal static class HeatPlot
{
    private const int Width = 1000, Height = 480;
    private const double Minute = 60;

    /// <summary>Fills of L1 to L4.</summary>
    private static readonly string[] Fills = ["#fff3c4", "#ffd9a0", "#ffb3a0", "#ff8080"];

    /// <returns>An SVG document with axes, units and a legend.</returns>
    public static string Svg(IReadOnlyList<(ThermalReading Reading, LadderState State, double? Control)> states, LadderOptions options)
    {
        var plot = new Plot();
        plot.Title("Temperature and level of the degradation ladder");
        var isLong = states.Count > 0 && states[^1].Reading.Seconds > 10 * Minute;
        var unit = isLong ? Minute : 1;
        plot.XLabel(isLong ? "time (minutes)" : "time (seconds)");
        plot.YLabel("temperature (°C)");
        AddLevels(plot, states, unit);
        AddLine(plot, "hottest sensor", "#c00000", states.Where(s => s.Reading.Hottest is not null)
            .Select(s => (s.Reading.Seconds / unit, s.Reading.Hottest!.Value)));
        AddLine(plot, "what decides: smoothed, looking ahead", "#1f4e9e", states.Where(s => s.Control is not null)
            .Select(s => (s.Reading.Seconds / unit, s.Control!.Value)));
        for (var level = Level.L1; level <= Level.L4; level++)
        {
            var line = plot.Add.HorizontalLine(options.EnterAt(level), 1, Color.FromHex("#707070"), LinePattern.Dashed);
            line.Text = $"{level} from {options.EnterAt(level):F0} °C";
            line.LabelOppositeAxis = true;
        }
        plot.ShowLegend(Alignment.UpperLeft);
        plot.Layout.Fixed(new PixelPadding(70, 120, 60, 50));
        return plot.GetSvgXml(Width, Height);
    }

    private static void AddLine(Plot plot, string name, string colour, IEnumerable<(double X, double Y)> points)
    {
        var all = points.ToList();
        if (all.Count == 0) return;
        var line = plot.Add.ScatterLine(all.ConvertAll(p => p.X), all.ConvertAll(p => p.Y), Color.FromHex(colour));
        line.LegendText = name;
        line.LineWidth = 2;
    }

    /// <summary>A band from top to bottom for each stretch above L0.</summary>
    private static void AddLevels(Plot plot, IReadOnlyList<(ThermalReading Reading, LadderState State, double? Control)> states,
        double unit)
    {
        var named = new HashSet<Level>();
        for (int i = 0, start = 0; i < states.Count; i++)
        {
            var level = states[start].State.Level;
            if (i + 1 < states.Count && states[i + 1].State.Level == level) continue;
            var end = states[Math.Min(i + 1, states.Count - 1)].Reading.Seconds;
            if (level > Level.L0)
            {
                var band = plot.Add.HorizontalSpan(states[start].Reading.Seconds / unit, end / unit, Color.FromHex(Fills[(int)level - 1]));
                if (named.Add(level)) band.LegendText = level.ToString();
            }
            start = i + 1;
        }
    }
}
