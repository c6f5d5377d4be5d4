using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using EdgeAgent.Tests.Mqtt;

namespace EdgeAgent.Tests.Scenarios;

/// <summary>The agent on a site's own broker.</summary>
public sealed class MosquittoTests
{
    private const string QueryTopic = "edge/v1/local/edge-1/query";

    private static Task<AgentFixture> Agent(Mosquitto mosquitto, string device = "edge-1", string pool = "") =>
        AgentFixture.StartAsync(s =>
            s with
            {
                Mqtt = s.Mqtt with
                {
                    Broker = mosquitto.Broker.ToString(),
                    Device = device,
                    Pool = pool,
                    MaxReconnectDelay = TimeSpan.FromSeconds(1)
                }
            });

    private static bool IsFinal(MQTTnet.MqttApplicationMessage m) =>
        RawClient.Text(m).Contains("\"chat.completion\"", StringComparison.Ordinal);

    [Fact]
    public async Task MosquittoRr_AsTheReadmeShows_GetsTheAnswer()
    {
        await using var mosquitto = await Mosquitto.StartAsync();
        await using var agent = await Agent(mosquitto);
        await Waiting.ForAsync(() => agent.Agent.Link.IsConnected);
        using var rr = Process.Start(new ProcessStartInfo("mosquitto_rr",
        [
            "-h", mosquitto.Broker.Host, "-p", $"{mosquitto.Broker.Port}", "-q", "1", "-W", "20", "-t", QueryTopic, "-e",
            "clients/shell/rsp",
            "-D", "publish", "correlation-data", "q1", "-D", "publish", "content-type", "text/plain", "-D", "publish", "user-property",
            "stream", "false", "-m", "主轴变频器报警 SP-14 怎么处理?",
        ])
        { RedirectStandardOutput = true, StandardOutputEncoding = Encoding.UTF8 })!;
        var output = await rr.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await rr.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, rr.ExitCode);
        Assert.Contains("SP-14", JsonNode.Parse(output)!["choices"]![0]!["message"]!["content"]!.GetValue<string>(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pool_SharedSubscription_EachQueryIsAnsweredByOneDevice()
    {
        await using var mosquitto = await Mosquitto.StartAsync();
        await using var one = await Agent(mosquitto, "d1", "line");
        await using var two = await Agent(mosquitto, "d2", "line");
        await Waiting.ForAsync(() => one.Agent.Link.IsConnected && two.Agent.Link.IsConnected);
        await using var client = await RawClient.ConnectAsync(mosquitto.Broker, "c", true, "clients/c/rsp");
        for (var i = 0; i < 20; i++) await client.SendAsync("edge/v1/local/any/query", "SP-14?", "clients/c/rsp", [(byte)i], "text/plain");
        await Waiting.ForAsync(() => client.Received.Count(IsFinal) >= 20);
        await Task.Delay(200, TestContext.Current.CancellationToken);
        Assert.Equal(20, client.Received.Count(IsFinal));
        Assert.True(one.Agent.Metrics.Total("replies.stop") > 0 && two.Agent.Metrics.Total("replies.stop") > 0, "both devices answer");
    }

    [Fact]
    public async Task Query_SentWhileTheDeviceIsAway_IsAnsweredOnReturnAndExpiredOnesAreNot()
    {
        await using var mosquitto = await Mosquitto.StartAsync();
        await using (var first = await Agent(mosquitto)) await Waiting.ForAsync(() => first.Agent.Link.IsConnected);
        await using var client = await RawClient.ConnectAsync(mosquitto.Broker, "c", true, "clients/c/rsp");
        await client.SendAsync(QueryTopic, "SP-14?", "clients/c/rsp", [1], "text/plain", expiry: 60);
        await client.SendAsync(QueryTopic, "SP-15?", "clients/c/rsp", [2], "text/plain", expiry: 1);
        await Task.Delay(2200, TestContext.Current.CancellationToken);
        await using var agent = await Agent(mosquitto);
        await client.WaitAsync(m => m.CorrelationData is [1] && IsFinal(m));
        Assert.DoesNotContain(client.Received, m => m.CorrelationData is [2] && IsFinal(m));
        Assert.Equal(1, agent.Agent.Metrics.Total("replies.stop"));
    }

    /// <summary>The broker goes away between the query and its reply: the reply waits in the outbox and comes once.</summary>
    [Fact]
    public async Task Broker_GoesAwayDuringAnAnswer_TheReplyComesOnceAfterItsReturn()
    {
        await using var mosquitto = await Mosquitto.StartAsync();
        await using var agent = await Agent(mosquitto);
        await Waiting.ForAsync(() => agent.Agent.Link.IsConnected);
        var client = await RawClient.ConnectAsync(mosquitto.Broker, "c", true, session: true, "clients/c/rsp");
        for (var i = 0; i < 12; i++)
            await client.SendAsync(QueryTopic, "What does alarm SP-14 mean?", "clients/c/rsp", [(byte)i], "text/plain");
        await Waiting.ForAsync(() => agent.Agent.Metrics.Total("queries") == 12);
        await mosquitto.StopAsync();
        await Waiting.ForAsync(() => !agent.Agent.Link.IsConnected && agent.Agent.Metrics.Total("replies.stop") == 12);
        var waiting = agent.Agent.Link.WaitingInOutbox;
        await mosquitto.StartAgainAsync();
        var received = client.Received.ToList();
        client.Abort();
        client = await RawClient.ConnectAsync(mosquitto.Broker, "c", true, session: true, "clients/c/rsp");
        await Waiting.ForAsync(() =>
            received.Concat(client.Received).Where(IsFinal).Select(m => m.CorrelationData[0]).Distinct().Count() == 12);
        TestContext.Current.TestOutputHelper?.WriteLine($"{waiting} replies waited in the outbox");
        await Waiting.ForAsync(() => agent.Agent.Link.WaitingInOutbox == 0);
        // the broker delivers the unacknowledged queries again: nothing is answered twice
        await Task.Delay(300, TestContext.Current.CancellationToken);
        if (waiting == 12) Assert.Equal(12, received.Concat(client.Received).Count(IsFinal));
        // QoS 1: what was sent but not acknowledged before the broker went may come again, but it is the same reply
        foreach (var same in received.Concat(client.Received).Where(IsFinal).GroupBy(m => m.CorrelationData[0]))
            Assert.Single(same.Select(RawClient.Text).Distinct());
        Assert.Equal(12, agent.Agent.Metrics.Total("replies.stop")); // computed once each
        await client.DisposeAsync();
    }
}
