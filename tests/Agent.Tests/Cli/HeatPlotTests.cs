using EdgeAgent.Cli;
using EdgeAgent.Thermal;

namespace EdgeAgent.Tests.Cli;

public sealed class HeatPlotTests
{
    private static string Plot(int seconds)
    {
        var (ladder, options) = (new Ladder(new LadderOptions()), new LadderOptions());
        var states = Enumerable.Range(0, seconds)
            .Select(t => new ThermalReading(t, 60 + 40.0 * t / seconds)).Select(r => (r, ladder.Next(r), ladder.Control)).ToList();
        return HeatPlot.Svg(states, options);
    }

    /// <summary>Axes with units, a legend with every level, a line for each enter temperature. Letters are placed one by one.</summary>
    [Theory]
    [InlineData(300, "time (seconds)")]
    [InlineData(3000, "time (minutes)")]
    public void Svg_Trace_HasAxesUnitsLegendAndLevels(int seconds, string axis)
    {
        var svg = Plot(seconds);
        var document = System.Xml.Linq.XDocument.Parse(svg);
        var texts = document.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value.Trim()).ToList();
        foreach (var expected in new[] { axis, "temperature (\u00b0C)", "hottest sensor", "L1", "L2", "L3", "L4", "L2 from 86 \u00b0C" })
            Assert.Contains(texts, t => t.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Svg_NoReadings_IsAnEmptyPlot() => Assert.Contains("<svg", HeatPlot.Svg([], new LadderOptions()), StringComparison.Ordinal);
}
