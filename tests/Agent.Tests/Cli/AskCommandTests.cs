using System.Text.Json.Nodes;
using EdgeAgent.Cli;

namespace EdgeAgent.Tests.Cli;

public sealed class AskCommandTests
{
    [Theory]
    [InlineData("""{"source":"learned","model":"m","cached_age_s":7300,"score":0.953,"level":"L2","ttft_ms":3,"tokens":40,"total_ms":5}""",
        "learned, m, stored 2 h ago, score 0.95, level L2, first token 3 ms, 40 tokens in 5 ms")]
    [InlineData("""{"source":"model","model":"m","level":"L0","ttft_ms":3,"tokens":40,"total_ms":5}""",
        "model, m, level L0, first token 3 ms, 40 tokens in 5 ms")]
    public void About_Answer_SaysWhatIsKnown(string agent, string expected) =>
        Assert.Equal(expected, AskCommand.About(JsonNode.Parse(agent)));
}
