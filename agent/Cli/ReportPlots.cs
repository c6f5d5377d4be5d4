using System.Globalization;
using EdgeAgent.Telemetry;
using EdgeAgent.Telemetry.Weekly;
using ScottPlot;

namespace EdgeAgent.Cli;

/// <summary>The weekly report's plots, as SVG.</summary>
internal static class ReportPlots
{
    private const int Width = 620, Height = 300;

    /// <summary>Colours that people with colour blindness tell apart (Okabe and Ito 2008).</summary>
    private static readonly string[] Colours = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"];

    /// <summary>Answers of each day, stacked by source.</summary>
    public static string Sources(WeeklyReport report)
    {
        var plot = Start(report, "Answers by source", "answers");
        var names = report.Days.SelectMany(d => d.Sources.Keys).Distinct().Order(StringComparer.Ordinal).ToList();
        var bottoms = new double[report.Days.Count];
        for (var n = 0; n < names.Count; n++)
        {
            var bars = new List<Bar>();
            for (var day = 0; day < report.Days.Count; day++)
            {
                var count = report.Days[day].Sources.GetValueOrDefault(names[n]);
                bars.Add(new Bar
                {
                    Position = day,
                    ValueBase = bottoms[day],
                    Value = bottoms[day] + count,
                    FillColor = Color.FromHex(Colours[n % Colours.Length])
                });
                bottoms[day] += count;
            }
            plot.Add.Bars(bars).LegendText = names[n];
        }
        plot.Axes.SetLimitsY(0, Math.Max(1, bottoms.Max() * 1.1));
        return End(plot);
    }

    /// <summary>First response of each day, median and 95 %.</summary>
    public static string FirstResponses(WeeklyReport report)
    {
        var plot = Start(report, "First response", "milliseconds");
        AddLine(plot, "median", 0, report, d => d.FirstResponse(0.5));
        AddLine(plot, "95 %", 1, report, d => d.FirstResponse(0.95));
        return End(plot);
    }

    /// <summary>What users said of the answers, day by day.</summary>
    public static string Ratings(WeeklyReport report)
    {
        var plot = Start(report, "What users said", "percent");
        AddLine(plot, "resolved", 2, report, d => 100 * d.ResolutionRate);
        AddLine(plot, "satisfaction (5 stars are 100)", 3, report, d => 25 * (d.Satisfaction - 1));
        plot.Axes.SetLimitsY(0, 105);
        return End(plot);
    }

    private static Plot Start(WeeklyReport report, string title, string unit)
    {
        var plot = new Plot();
        plot.Title(title);
        plot.YLabel(unit);
        plot.Axes.Bottom.SetTicks([.. Enumerable.Range(0, report.Days.Count).Select(d => (double)d)],
            [.. report.Days.Select(d => d.From.AddDays(1).ToString("ddd d", CultureInfo.InvariantCulture))]);
        return plot;
    }

    private static void AddLine(Plot plot, string name, int colour, WeeklyReport report, Func<BusinessReport, double?> of)
    {
        var points = report.Days.Select((d, i) => (X: (double)i, Y: of(d))).Where(p => p.Y is not null).ToList();
        if (points.Count == 0) return;
        var line = plot.Add.Scatter(points.ConvertAll(p => p.X), points.ConvertAll(p => p.Y!.Value), Color.FromHex(Colours[colour]));
        line.LegendText = name;
    }

    private static string End(Plot plot)
    {
        plot.ShowLegend(Alignment.UpperRight);
        plot.Axes.SetLimitsX(-0.6, WeeklyReport.DaysAWeek - 0.4);
        return plot.GetSvgXml(Width, Height);
    }
}
