using System.Text.Json.Nodes;
using EdgeAgent.Cli;
using EdgeAgent.Mqtt;

namespace EdgeAgent.Tests.Cli;

public sealed class TopRowTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static TopRow Row(string telemetry) => new TopRow()
        .With(DeviceTopicKind.State, (JsonObject)JsonNode.Parse("""{"online":true}""")!)
        .With(DeviceTopicKind.Model, (JsonObject)JsonNode.Parse("""{"release":123456,"state":"downloading"}""")!)
        .With(DeviceTopicKind.Telemetry, (JsonObject)JsonNode.Parse(telemetry)!);

    /// <summary>The widest figures that a device has fit in a terminal of 80 columns.</summary>
    [Fact]
    public void Figures_Wide_FitIn80Columns()
    {
        var row = Row("""
            {"at":"2026-03-01T11:00:00Z","level":"L4","temperature_c":104.5712,"running":64,"waiting":10000,"tokens_s":12345.678,
            "power_w":60.123,"j_per_answer":1234.567,"answers":1234567,"cache_hits":12345,"cache_misses":1234,"reason":"hot"}
            """);
        Assert.True(TopRow.Header.Length < 80);
        Assert.StartsWith(" (L4) 104.57", row.Figures(Now), StringComparison.Ordinal);
        Assert.True(row.Figures(Now).Length < 80, row.Figures(Now));
        Assert.Equal("d1: online, release 123456, update downloading, hot", row.Title("d1"));
    }

    [Fact]
    public void Figures_NothingHeard_AreEmpty()
    {
        Assert.Equal("", new TopRow().Figures(Now));
        Assert.Equal("d1: offline", new TopRow().Title("d1"));
    }
}
