using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using EdgeAgent.Endpoints.Http;
using EdgeAgent.Hosting.Health;
using EdgeAgent.Mqtt;
using EdgeAgent.Tests.Endpoints.Http;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeAgent.Tests.Scenarios;

/// <summary>The whole agent with both of its endpoints.</summary>
public sealed class HttpAgentTests
{
    private const string Question = "Alarm SP-14, what should I do?";
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static Task<AgentFixture> StartAsync(Func<EdgeAgent.Hosting.AgentSettings, EdgeAgent.Hosting.AgentSettings>? change = null) =>
        AgentFixture.StartAsync(s =>
        {
            s = s with { Http = new HttpOptions { Listen = "127.0.0.1:0", RequestsPerSecond = 10_000 } };
            return change?.Invoke(s) ?? s;
        });

    private static async Task<JsonNode> AskHttpAsync(HttpClient client, string question)
    {
        var body = new JsonObject
        {
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = question })
        };
        using var response = await client.PostAsync("v1/chat/completions", HttpRig.Json(body.ToJsonString()), Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!;
    }

    private static async Task<JsonNode> AskMqttAsync(TerminalClient terminal, string question)
    {
        TerminalReply? last = null;
        await foreach (var reply in terminal.AskAsync("local", "edge-1", TerminalClient.Question(question),
            (uint)Waiting.Limit.TotalSeconds, Token)) last = reply;
        return last!.Body;
    }

    /// <summary>One handler behind both: the same text, and personal data is taken out and put back on both ways.</summary>
    [Fact]
    public async Task Ask_OverHttpAndMqtt_GetTheSameAnswer()
    {
        await using var agent = await StartAsync();
        using var client = new HttpClient { BaseAddress = agent.Agent.Http };
        await using var terminal = await TerminalClient.ConnectAsync(agent.Broker, "t1", true, TimeProvider.System, Token);
        foreach (var question in new[] { Question, "主轴变频器报警 SP-14 怎么处理?", "SP-14, call 13812345678?" })
        {
            var (http, mqtt) = (await AskHttpAsync(client, question), await AskMqttAsync(terminal, question));
            Assert.Equal((string?)mqtt["choices"]![0]!["message"]!["content"], (string?)http["choices"]![0]!["message"]!["content"]);
            Assert.Equal(mqtt["agent"]!["desensitized"]!.ToJsonString(), http["agent"]!["desensitized"]!.ToJsonString());
            Assert.Equal(mqtt.AsObject().Select(p => p.Key), http.AsObject().Select(p => p.Key));
        }
        Assert.Equal(6, agent.Agent.Metrics.Total("queries"));
    }

    [Fact]
    public async Task Health_ServingAgent_SaysLevelModelAndBroker()
    {
        await using var agent = await StartAsync();
        using var client = new HttpClient { BaseAddress = agent.Agent.Http };
        var health = JsonNode.Parse(await client.GetStringAsync("health", Token))!;
        Assert.Equal("serving", (string?)health["status"]);
        Assert.Equal("L0", (string?)health["level"]);
        Assert.Equal(agent.Agent.Student.Manifest.Name, (string?)health["model"]);
        Assert.True((bool)health["broker"]!);
        using var head = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "health"), Token);
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
    }

    /// <summary>A scrape after a question that holds personal data: the measures are there, the question is not.</summary>
    [Fact]
    public async Task Metrics_AfterAQuestion_HoldMeasuresAndNoText()
    {
        await using var agent = await StartAsync();
        using var client = new HttpClient { BaseAddress = agent.Agent.Http };
        await AskHttpAsync(client, "SP-14, call 13812345678 or ask Zhang Sanfeng?");
        var response = await client.GetAsync("metrics", Token);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        var metrics = await response.Content.ReadAsStringAsync(Token);
        foreach (var name in new[] { "gen_ai_server_request_duration_seconds_count", "gen_ai_server_time_to_first_token_seconds_bucket",
            "edge_agent_level 0", "edge_agent_link_connected 1", "edge_agent_student{model=\"cell-student\"",
            "edge_agent_queries_total 1", "edge_agent_engine_serving 1" })
            Assert.Contains(name, metrics, StringComparison.Ordinal);
        foreach (var text in new[] { "13812345678", "Zhang", "SP-14" }) Assert.DoesNotContain(text, metrics, StringComparison.Ordinal);
        // every sample line is name{labels} value
        Assert.All(metrics.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            l => Assert.Matches(@"^(# (HELP|TYPE) \w+ .+|\w+(\{.*\})? -?[0-9.eE+-]+)$", l));
    }

    /// <summary>Where the default port is somebody else's the agent serves over MQTT, and says why there is no HTTP.</summary>
    [Fact]
    public async Task Start_DefaultPortTaken_ServesWithoutHttp()
    {
        using var squatter = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            squatter.Bind(IPEndPoint.Parse(HttpOptions.DefaultListen));
            squatter.Listen();
        }
        catch (SocketException)
        {
            // another program has it already: the same case
        }
        await using var agent = await StartAsync(s => s with { Http = new HttpOptions() });
        Assert.Null(agent.Agent.Http);
        var finding = agent.Agent.Services.GetServices<IHealthCheck>().Single(c => c.Name == "http").Check();
        Assert.Equal(HealthSeverity.Warning, finding.Severity);
        Assert.Contains("127.0.0.1:8080", finding.Found, StringComparison.Ordinal);
        await using var terminal = await TerminalClient.ConnectAsync(agent.Broker, "t1", true, TimeProvider.System, Token);
        Assert.Equal("model", (string?)(await AskMqttAsync(terminal, Question))["agent"]!["source"]);
    }

    /// <summary>Connections that hang, and askers that leave, harm nobody at the broker.</summary>
    [Fact]
    public async Task MqttAsker_BesideAHundredHttpClients_IsServed()
    {
        await using var agent = await StartAsync();
        using var client = new HttpClient { BaseAddress = agent.Agent.Http };
        await using var terminal = await TerminalClient.ConnectAsync(agent.Broker, "t1", true, TimeProvider.System, Token);
        var hanging = new List<RawConnection>();
        try
        {
            for (var i = 0; i < 100; i++)
            {
                hanging.Add(await RawConnection.OpenAsync(agent.Agent.Http!));
                await hanging[^1].SendAsync("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n");
            }
            using var leaves = new CancellationTokenSource();
            var leaving = Enumerable.Range(0, 20).Select(_ => client.PostAsync("v1/chat/completions", HttpRig.Json(
                """{"messages":[{"role":"user","content":"SP-14?"}],"stream":true}"""), leaves.Token)).ToList();
            Assert.Equal("model", (string?)(await AskMqttAsync(terminal, Question))["agent"]!["source"]);
            await leaves.CancelAsync();
            foreach (var call in leaving) await Task.WhenAny(call); // each ends with its cancellation
            await Waiting.ForAsync(() => agent.Agent.Queries.Running == 0);
        }
        finally
        {
            foreach (var connection in hanging) await connection.DisposeAsync();
        }
    }

    /// <summary>Stopping drains: an HTTP client whose answer runs gets it whole.</summary>
    [Fact]
    public async Task Stop_WhileAnAnswerRuns_LetsItEnd()
    {
        var agent = await StartAsync();
        using var client = new HttpClient { BaseAddress = agent.Agent.Http };
        var asked = AskHttpAsync(client, Question);
        await Waiting.ForAsync(() => agent.Agent.Queries.Running == 1 || asked.IsCompleted);
        await agent.DisposeAsync();
        Assert.Equal("stop", (string?)(await asked)["choices"]![0]!["finish_reason"]);
    }
}
