using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Mqtt;

namespace EdgeAgent.Tests.Scenarios;

/// <summary>A hot device answers from what is written down, and says so; whole agents on simulated temperatures.</summary>
public sealed class FallbackTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();

    public void Dispose() => _root.Dispose();

    private async Task<AgentFixture> StartAsync(params (double At, double Celsius)[] profile)
    {
        await File.WriteAllLinesAsync(_root.File("heat.csv"),
            ["t_s,tj_c", .. profile.Select(p => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{p.At},{p.Celsius}"))],
            TestContext.Current.CancellationToken);
        var fixture = await AgentFixture.StartAsync(s =>
            s with { StateDirectory = _root.File("state"), SimulateHeat = _root.File("heat.csv") });
        var written = new TaskCompletionSource();
        var fleet = await FleetClient.ConnectAsync(fixture.Broker, "fleet", (_, _) => written.TrySetResult(),
            TestContext.Current.CancellationToken);
        await using (fleet)
        {
            await fleet.SubscribeAsync("edge/v1/local/edge-1/cmd/answers-correct/c1/status", TestContext.Current.CancellationToken);
            await fleet.PublishAsync("edge/v1/local/edge-1/cmd/answers-correct/c1", JsonSerializer.SerializeToUtf8Bytes(new
            {
                id = "water",
                questions = new[] { "where is the water main", "where do I find the water main valve", "location of the water main",
                    "how do I get to the water main", "water main valve position" },
                answer = "Behind gate 4.",
            }), retain: false, TestContext.Current.CancellationToken);
            await written.Task.WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken);
        }
        return fixture;
    }

    private static async Task<JsonNode> AskAsync(AgentFixture agent, string question)
    {
        await using var terminal = await TerminalClient.ConnectAsync(agent.Broker, $"t{Guid.NewGuid():N}", version5: true,
            TimeProvider.System, TestContext.Current.CancellationToken);
        JsonNode? last = null;
        await foreach (var reply in terminal.AskAsync("local", "edge-1", TerminalClient.Question(question), 30,
            TestContext.Current.CancellationToken)) last = reply.Body;
        return last!;
    }

    private static async Task<JsonNode> AtLevelAsync(AgentFixture agent, string level, string question)
    {
        JsonNode reply = new JsonObject();
        for (var start = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(start) < Waiting.Limit;)
        {
            reply = await AskAsync(agent, question);
            if (reply["agent"]?["level"]?.GetValue<string>() == level
                || reply["error"] is { } e && e["message"]!.GetValue<string>().Contains(level, StringComparison.Ordinal)) return reply;
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
        Assert.Fail($"never at {level}: {reply.ToJsonString()}");
        return reply;
    }

    [Fact]
    public async Task Query_CoolDevice_AsksTheStudentButForTheSameQuestion()
    {
        await using var agent = await StartAsync((0, 50));
        var reply = await AtLevelAsync(agent, "L0", "What does alarm SP-24 mean?");
        Assert.Equal("model", reply["agent"]!["source"]!.GetValue<string>());
        reply = await AskAsync(agent, "Where is the water main?");
        Assert.Equal(("curated", "Behind gate 4.", 1.0),
            (reply["agent"]!["source"]!.GetValue<string>(), reply["choices"]![0]!["message"]!["content"]!.GetValue<string>(),
                reply["agent"]!["score"]!.GetValue<double>()));
        Assert.NotNull(reply["agent"]!["cached_age_s"]);
    }

    /// <summary>A wrong answer goes everywhere with one command, named by the reply that gave it or by its text.</summary>
    [Fact]
    public async Task Purge_WholeSite_DeletesOnEveryDevice()
    {
        await using var agent = await StartAsync((0, 50));
        var reply = await AtLevelAsync(agent, "L0", "Where is the water main?");
        Assert.Equal("water", reply["agent"]!["cache_id"]!.GetValue<string>());
        var (code, output, error) = await EdgeAgent.Tests.Cli.AgentProcess.RunAsync(null, "answers", "purge", "--match", "Behind gate 4",
            "--broker", agent.Broker.ToString());
        Assert.True(code == 0, error + output);
        Assert.Contains("1 deleted", output, StringComparison.Ordinal);
        reply = await AskAsync(agent, "Where is the water main?");
        Assert.Equal("model", reply["agent"]!["source"]!.GetValue<string>());
    }

    [Fact]
    public async Task Query_HotDevice_AnswersWhatIsWrittenDownAndRefusesTheRest()
    {
        await using var agent = await StartAsync((0, 92));
        var reply = await AtLevelAsync(agent, "L3", "What does alarm SP-24 mean?");
        Assert.Equal("unavailable", reply["error"]!["code"]!.GetValue<string>());
        Assert.True(reply["error"]!["retry_after_s"]!.GetValue<double>() > 0);
        reply = await AskAsync(agent, "where do I find the water main");
        Assert.Equal(("curated", "L3"), (reply["agent"]!["source"]!.GetValue<string>(), reply["agent"]!["level"]!.GetValue<string>()));
        Assert.InRange(reply["agent"]!["score"]!.GetValue<double>(), 0.4, 1);
    }

    [Fact]
    public async Task Query_WarmDevice_GetsHalfTheTokens()
    {
        await using var agent = await StartAsync((0, 82));
        var reply = await AtLevelAsync(agent, "L1", "What does alarm SP-24 mean?");
        Assert.Equal("model", reply["agent"]!["source"]!.GetValue<string>());
        await using var terminal = await TerminalClient.ConnectAsync(agent.Broker, "t", version5: true, TimeProvider.System,
            TestContext.Current.CancellationToken);
        var question = TerminalClient.Question("What does alarm SP-24 mean?");
        question["max_tokens"] = 10;
        await foreach (var last in terminal.AskAsync("local", "edge-1", question, 30, TestContext.Current.CancellationToken))
            if (!last.IsPiece) Assert.Equal(5, last.Body["usage"]!["completion_tokens"]!.GetValue<int>());
    }

    [Fact]
    public async Task Telemetry_SaysLevelAndCache()
    {
        await using var agent = await StartAsync((0, 82));
        var heard = new TaskCompletionSource<JsonNode>();
        await AtLevelAsync(agent, "L1", "Where is the water main?");
        await using var fleet = await FleetClient.ConnectAsync(agent.Broker, "fleet2", (topic, payload) =>
        {
            if (topic.EndsWith("/telemetry", StringComparison.Ordinal)) heard.TrySetResult(JsonNode.Parse(payload.Span)!);
        }, TestContext.Current.CancellationToken);
        await fleet.SubscribeAsync("edge/v1/local/edge-1/telemetry", TestContext.Current.CancellationToken);
        var telemetry = await heard.Task.WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken);
        Assert.Equal(("L1", 82.0, 1),
            (telemetry["level"]!.GetValue<string>(), telemetry["temperature_c"]!.GetValue<double>(),
                telemetry["answers"]!.GetValue<int>()));
        Assert.True(telemetry["cache_hits"]!.GetValue<long>() > 0);
    }
}
