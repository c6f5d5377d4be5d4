using System.Text.Json.Nodes;

namespace EdgeAgent.Tests.Cli;

public sealed class ThermalCommandTests
{
    [Fact]
    public async Task Replay_JsonLines_AnswersEachRow()
    {
        var (code, output, error) = await AgentProcess.RunAsync(
            """
            {"t_s":0,"tj_c":60}
            {"t_s":1,"tj_c":97}
            nonsense
            {"tj_c":1}
            {"t_s":2,"tj_c":null,"throttle":"x"}

            """, "thermal", "replay", "--jsonl");
        Assert.True(code == 0, error);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!).ToList();
        Assert.Equal(["L0", "L4"], lines.Take(2).Select(l => l["level"]!.GetValue<string>()));
        Assert.All(lines.Skip(2), l => Assert.NotNull(l["error"]!["code"]));
        Assert.Equal(5, lines.Count);
    }
}
