using System.Text.Json.Nodes;
using EdgeAgent.Bundles;
using EdgeAgent.Mqtt;
using EdgeAgent.Serving;
using EdgeAgent.Tests.Bundles;
using EdgeAgent.Tests.Mqtt;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Scenarios;

/// <summary>The whole agent behind its embedded broker, as terminals see it.</summary>
public sealed class EmbeddedAgentTests
{
    private const string QueryTopic = "edge/v1/local/edge-1/query", CancelTopic = "edge/v1/local/edge-1/cancel";

    private static async Task<List<TerminalReply>> Ask(TerminalClient terminal, string text, JsonObject? extra = null)
    {
        var query = TerminalClient.Question(text);
        foreach (var (key, value) in extra ?? []) query[key] = value?.DeepClone();
        var replies = new List<TerminalReply>();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Waiting.Limit); // a lost query must fail the test, not hold it
        await foreach (var reply in terminal.AskAsync("local", "edge-1", query, (uint)Waiting.Limit.TotalSeconds, limit.Token))
            replies.Add(reply);
        return replies;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ask_Version5And311_StreamsThePiecesOfTheFinalAnswer(bool version5)
    {
        await using var agent = await AgentFixture.StartAsync();
        await using var terminal = await TerminalClient.ConnectAsync(agent.Broker, "t1", version5, TimeProvider.System,
            TestContext.Current.CancellationToken);
        var replies = await Ask(terminal, "主轴变频器报警 SP-14 怎么处理?");
        Assert.True(replies.Count > 3, $"{replies.Count} replies");
        var final = replies[^1];
        Assert.Contains("SP-14", final.Text, StringComparison.Ordinal);
        Assert.Equal(final.Text, string.Concat(replies.SkipLast(1).Select(r => r.Text)));
        if (version5) Assert.Equal(Enumerable.Range(0, replies.Count - 1).Cast<int?>(), replies.SkipLast(1).Select(r => r.Sequence));
        Assert.Equal("model", final.Body["agent"]!["source"]!.GetValue<string>());
        Assert.NotNull(final.Body["agent"]!["request_id"]);
    }

    [Fact]
    public async Task Ask_WithoutStream_GetsTheFinalAnswerAlone()
    {
        await using var agent = await AgentFixture.StartAsync();
        await using var terminal = await TerminalClient.ConnectAsync(agent.Broker, "t1", true, TimeProvider.System,
            TestContext.Current.CancellationToken);
        Assert.Single(await Ask(terminal, "SP-14?", new JsonObject { ["stream"] = false }));
        Assert.Equal(5,
            (await Ask(terminal, "SP-14?",
                new JsonObject { ["max_tokens"] = 5 }))[^1].Body["usage"]!["completion_tokens"]!.GetValue<int>());
    }

    [Fact]
    public async Task State_IsRetainedAndTrue_AndOfflineAfterTheStop()
    {
        BrokerAddress broker;
        await using var outside = await EmbeddedBroker.StartAsync(System.Net.IPEndPoint.Parse("127.0.0.1:0"), 1 << 20);
        broker = new BrokerAddress("127.0.0.1", outside.EndPoint.Port, false);
        await using var watcher = await RawClient.ConnectAsync(broker, "w", true, "edge/v1/local/edge-1/state");
        await using (var agent = await AgentFixture.StartAsync(s => s with { Mqtt = s.Mqtt with { Broker = broker.ToString() } }))
        {
            Assert.True(agent.Agent.Student.Engine.Steps > 0, "started means: the student has answered");
            var online = JsonNode.Parse(RawClient.Text(await watcher.WaitAsync(_ => true)))!;
            Assert.True(online["online"]!.GetValue<bool>());
            Assert.Equal("Cpu", online["provider"]!.GetValue<string>());
            Assert.Contains("TensorRT", online["provider_asked"]!.GetValue<string>(), StringComparison.Ordinal);
            Assert.Equal("cpu", online["provider_form"]!.GetValue<string>());
            Assert.Contains("not in this ONNX Runtime build", online["provider_why"]!.GetValue<string>(), StringComparison.Ordinal);
            Assert.NotEmpty(online["session"]!.GetValue<string>());
        }
        var offline = await watcher.WaitAsync(m => RawClient.Text(m).Contains("\"online\":false", StringComparison.Ordinal));
        await using var late = await RawClient.ConnectAsync(broker, "late", true, "edge/v1/local/edge-1/state");
        Assert.True((await late.WaitAsync(_ => true)).Retain);
        Assert.Equal(RawClient.Text(offline), RawClient.Text(late.Received.Single()));
    }

    /// <summary>A student that takes over, as after an update or when its engines are built, is in the retained state.</summary>
    [Fact]
    public async Task State_AnotherStudentTakesOver_SaysSo()
    {
        await using var agent = await AgentFixture.StartAsync();
        await using var watcher = await RawClient.ConnectAsync(agent.Broker, "w", true, "edge/v1/local/edge-1/state");
        await watcher.WaitAsync(m => RawClient.Text(m).Contains("\"online\":true", StringComparison.Ordinal));
        using var directory = new TemporaryDirectory();
        TinyStudent.Import(directory.Path, Quantization.RoundToNearest).Dispose();
        var router = agent.Agent.Services.GetRequiredService<StudentRouter>();
        var next = Student.Load(directory.File("bundle"), new StudentOptions(), TimeProvider.System, NullLogger.Instance);
        Assert.True(router.Replace(router.Current!, next));
        await watcher.WaitAsync(m => JsonNode.Parse(RawClient.Text(m))!["model"]?.GetValue<string>() == next.Manifest.Name);
    }

    public static TheoryData<string, string, string> BadQueries => new()
    {
        { "invalid json", "{", "invalid_request" },
        { "nested", "{\"a\":" + new string('[', 5000), "invalid_request" },
        { "wrong type", """{"messages":"x"}""", "invalid_request" },
        { "empty text", """{"messages":[{"role":"user","content":" "}]}""", "invalid_request" },
        { "unknown model", """{"model":"other","messages":[{"role":"user","content":"x"}]}""", "invalid_request" },
        { "max_tokens", """{"max_tokens":-1,"messages":[{"role":"user","content":"x"}]}""", "invalid_request" },
        { "over the context",
            """{"messages":[{"role":"user","content":"LONG"}]}""".Replace("LONG", string.Concat(Enumerable.Repeat("SP-14 ", 400)),
                StringComparison.Ordinal), "too_long" },
        { "over the limit", new string(' ', 300 << 10) + "{}", "too_long" },
    };

    [Theory]
    [MemberData(nameof(BadQueries))]
    public async Task Query_Bad_GetsOneErrorAndTheAgentGoesOn(string what, string payload, string code)
    {
        await using var agent = await AgentFixture.StartAsync();
        await using var client = await RawClient.ConnectAsync(agent.Broker, "c", true, "clients/c/rsp");
        await client.SendAsync(QueryTopic, payload, "clients/c/rsp", [1, 2, 3], "application/json");
        var reply = JsonNode.Parse(RawClient.Text(await client.WaitAsync(_ => true)))!;
        Assert.True(code == reply["error"]!["code"]!.GetValue<string>(), $"{what}: {reply.ToJsonString()}");
        await client.SendAsync(QueryTopic, "SP-14?", "clients/c/rsp", [9], "text/plain");
        Assert.Contains("SP-14",
            RawClient.Text(
                await client.WaitAsync(m =>
                    m.CorrelationData is [9] && RawClient.Text(m).Contains("\"chat.completion\"", StringComparison.Ordinal))),
            StringComparison.Ordinal);
        Assert.Single(client.Received, m => m.CorrelationData is [1, 2, 3]);
    }

    [Fact]
    public async Task Query_InvalidUtf8_GetsOneError()
    {
        await using var agent = await AgentFixture.StartAsync();
        await using var client = await RawClient.ConnectAsync(agent.Broker, "c", true, "clients/c/rsp");
        await client.SendAsync(QueryTopic, [0xff, 0xfe, 0x80], "clients/c/rsp", [1]);
        Assert.Contains("UTF-8", RawClient.Text(await client.WaitAsync(_ => true)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Garbage_OnEveryTopic_IsAnsweredOrCountedAndNothingLeaks()
    {
        await using var agent = await AgentFixture.StartAsync();
        await using var client = await RawClient.ConnectAsync(agent.Broker, "c", true, "clients/c/rsp");
        var random = new Random(3);
        for (var i = 0; i < 300; i++)
        {
            var payload = new byte[random.Next(0, 400)];
            random.NextBytes(payload);
            await client.SendAsync(i % 3 == 0 ? CancelTopic : QueryTopic, payload, i % 2 == 0 ? "clients/c/rsp" : null,
                i % 5 == 0 ? null : BitConverter.GetBytes(i));
        }
        await client.SendAsync(QueryTopic, "SP-14?", "clients/c/rsp", [7, 7], "text/plain");
        await client.WaitAsync(m =>
            m.CorrelationData is [7, 7] && RawClient.Text(m).Contains("\"chat.completion\"", StringComparison.Ordinal));
        await Waiting.ForAsync(() => agent.Agent.Queries.Running == 0 && agent.Agent.Student.Engine.Load is { Active: 0, Waiting: 0 });
    }

    [Fact]
    public async Task Client_DisconnectsMidStream_LeaksNoRow()
    {
        await using var agent = await AgentFixture.StartAsync();
        for (var i = 0; i < 10; i++)
        {
            var client = await RawClient.ConnectAsync(agent.Broker, $"gone{i}", true, $"clients/gone{i}/rsp");
            await client.SendAsync(QueryTopic, "What does alarm SP-14 mean?", $"clients/gone{i}/rsp", [1], "text/plain");
            await client.WaitAsync(_ => true);
            client.Abort();
        }
        await Waiting.ForAsync(() => agent.Agent.Queries.Running == 0 && agent.Agent.Student.Engine.Load is { Active: 0, Waiting: 0 });
        Assert.Equal(10, agent.Agent.Metrics.Total("replies.stop"));
    }

    [Fact]
    public async Task Query_CancelledByItsAsker_EndsAsCancelled()
    {
        await using var agent = await AgentFixture.StartAsync();
        await using var client = await RawClient.ConnectAsync(agent.Broker, "c", true, "clients/c/rsp");
        // long enough a batch that the cancelled one still waits for its row
        for (byte i = 0; i < 30; i++) await client.SendAsync(QueryTopic, "What does alarm SP-14 mean?", "clients/c/rsp", [i], "text/plain");
        await client.SendAsync(CancelTopic, "", "clients/c/rsp", [29]);
        await Waiting.ForAsync(() => client.Received.Count(m => !RawClient.Text(m).Contains("chunk", StringComparison.Ordinal)) == 30);
        var finish =
            JsonNode.Parse(
                RawClient.Text(
                    client.Received.Single(m =>
                        m.CorrelationData is [29]
                        && !RawClient.Text(m)
                            .Contains("chunk", StringComparison.Ordinal))))!["choices"]![0]!["finish_reason"]!.GetValue<string>();
        Assert.Equal("cancelled", finish);
    }

    [Fact]
    public async Task Query_DeliveredTwice_IsAnsweredFromOneComputation()
    {
        await using var agent = await AgentFixture.StartAsync();
        await using var client = await RawClient.ConnectAsync(agent.Broker, "c", true, "clients/c/rsp");
        for (var i = 0; i < 3; i++) await client.SendAsync(QueryTopic, "SP-14?", "clients/c/rsp", [5], "text/plain");
        await client.WaitAsync(m => RawClient.Text(m).Contains("\"chat.completion\"", StringComparison.Ordinal));
        await Waiting.ForAsync(() =>
            agent.Agent.Metrics.Total("drops.duplicate_running") + agent.Agent.Metrics.Total("drops.duplicate_answered") == 2);
        Assert.Equal(1, agent.Agent.Metrics.Total("replies.stop"));
        var finals = client.Received.Where(m => RawClient.Text(m).Contains("\"chat.completion\"", StringComparison.Ordinal))
            .Select(RawClient.Text).Distinct();
        Assert.Single(finals);
    }

    /// <summary>mosquitto's tools send no client id by default: MQTT 3.1.1 lets a broker take that, and every broker does.</summary>
    [Theory]
    [InlineData(MQTTnet.Formatter.MqttProtocolVersion.V310)]
    [InlineData(MQTTnet.Formatter.MqttProtocolVersion.V311)]
    [InlineData(MQTTnet.Formatter.MqttProtocolVersion.V500)]
    public async Task Connect_WithoutAClientId_IsTakenByTheEmbeddedBroker(MQTTnet.Formatter.MqttProtocolVersion version)
    {
        await using var agent = await AgentFixture.StartAsync();
        using var first = new MQTTnet.MqttClientFactory().CreateMqttClient();
        using var second = new MQTTnet.MqttClientFactory().CreateMqttClient();
        foreach (var client in new[] { first, second })
        {
            var result = await client.ConnectAsync(new MQTTnet.MqttClientOptionsBuilder()
                .WithTcpServer(agent.Broker.Host, agent.Broker.Port).WithClientId("")
                .WithCleanStart().WithProtocolVersion(version).Build(), TestContext.Current.CancellationToken);
            Assert.Equal(MQTTnet.MqttClientConnectResultCode.Success, result.ResultCode);
        }
        Assert.True(first.IsConnected && second.IsConnected); // each has a name of its own
    }

    /// <summary>Clients of both versions without an id never get one another's name: the later would throw the earlier out.</summary>
    [Fact]
    public async Task Connect_BothVersionsWithoutAClientId_StayBeside()
    {
        await using var agent = await AgentFixture.StartAsync();
        using var five = new MQTTnet.MqttClientFactory().CreateMqttClient();
        using var three = new MQTTnet.MqttClientFactory().CreateMqttClient();
        foreach (var (client, version) in new[]
            { (five, MQTTnet.Formatter.MqttProtocolVersion.V500), (three, MQTTnet.Formatter.MqttProtocolVersion.V311) })
            await client.ConnectAsync(new MQTTnet.MqttClientOptionsBuilder().WithTcpServer(agent.Broker.Host, agent.Broker.Port)
                .WithClientId("").WithCleanStart().WithProtocolVersion(version).Build(), TestContext.Current.CancellationToken);
        await three.PingAsync(TestContext.Current.CancellationToken);
        await five.PingAsync(TestContext.Current.CancellationToken); // throws where the broker has closed it
        Assert.True(five.IsConnected && three.IsConnected);
    }

    [Fact]
    public async Task Query_ReplyTopicForbidden_IsDroppedAndCounted()
    {
        await using var agent = await AgentFixture.StartAsync();
        await using var client = await RawClient.ConnectAsync(agent.Broker, "c", true, "#");
        await client.SendAsync(QueryTopic, "SP-14?", "edge/v1/local/edge-1/query", [5], "text/plain");
        await Waiting.ForAsync(() => agent.Agent.Metrics.Total("drops.reply_topic_forbidden") == 1);
        Assert.Equal(0, agent.Agent.Metrics.Total("replies.stop"));
    }

    /// <summary>
    /// The site's broker is away at the start, comes, goes and comes back: every question asked while it is there is answered.
    /// </summary>
    [Fact]
    public async Task Broker_DownAtStartAndGoingAway_IsReconnected()
    {
        using var probe = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        probe.Start();
        var endPoint = (System.Net.IPEndPoint)probe.LocalEndpoint;
        probe.Stop();
        var broker = new BrokerAddress("127.0.0.1", endPoint.Port, false);
        await using var agent = await AgentFixture.StartAsync(s =>
            s with { Mqtt = s.Mqtt with { Broker = broker.ToString(), MaxReconnectDelay = TimeSpan.FromSeconds(1) } });
        Assert.False(agent.Agent.Link.IsConnected);
        for (var round = 0; round < 2; round++)
        {
            await using var outside = await EmbeddedBroker.StartAsync(endPoint, 1 << 20);
            // the state topic says that the device is on this broker: the link may not have noticed yet that the last one went
            await using var watcher = await RawClient.ConnectAsync(broker, $"w{round}", true, "edge/v1/local/edge-1/state");
            await watcher.WaitAsync(m => RawClient.Text(m).Contains("\"online\":true", StringComparison.Ordinal));
            await using var terminal = await TerminalClient.ConnectAsync(broker, $"t{round}", true, TimeProvider.System,
                TestContext.Current.CancellationToken);
            Assert.Contains("SP-14", (await Ask(terminal, "SP-14?"))[^1].Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Logs_AtInformationAndAbove_HoldNoQuestionOrAnswerText()
    {
        await using var agent = await AgentFixture.StartAsync();
        await using var terminal = await TerminalClient.ConnectAsync(agent.Broker, "t1", true, TimeProvider.System,
            TestContext.Current.CancellationToken);
        var answer = (await Ask(terminal, "Zebrafish SP-14?"))[^1].Text!;
        await using var client = await RawClient.ConnectAsync(agent.Broker, "c", true, "clients/c/rsp");
        await client.SendAsync(QueryTopic, """{"messages":[{"role":"user","content":"Zebrafish"}],"max_tokens":0}""", "clients/c/rsp", [1]);
        await client.SendAsync(QueryTopic, "Zebrafish", "forbidden/Zebrafish", [1]);
        await client.WaitAsync(_ => true);
        await Waiting.ForAsync(() => agent.Agent.Metrics.Total("drops.reply_topic_forbidden") == 1);
        var logged = string.Join('\n', agent.Loggers.Lines.Where(l => l.Level >= LogLevel.Information).Select(l => l.Text));
        Assert.DoesNotContain("Zebrafish", logged, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(answer[..20], logged, StringComparison.Ordinal);
    }
}
