using System.Globalization;
using System.Text.Json.Nodes;
using EdgeAgent.Mqtt;
using EdgeAgent.Tests.Mqtt;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Scenarios;

/// <summary>Messages and neighbours that a real broker answers badly: none of them takes a device out.</summary>
public sealed class PoisonTests
{
    private const string QueryTopic = "edge/v1/local/edge-1/query";

    /// <summary>mosquitto ends the connection over this topic (a non-character of Unicode).</summary>
    private const string Malformed = "clients/\uffff";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static MqttLink Link(BrokerAddress broker, ILogger? logger = null) => new(new MqttOptions(), [broker], TimeProvider.System,
        logger ?? NullLogger.Instance, _ => { }, () => new Dictionary<string, string>(), store: null);

    private static Task<AgentFixture> AgentAsync(BrokerAddress broker) =>
        AgentFixture.StartAsync(s => s with { Mqtt = s.Mqtt with { Broker = broker.ToString() } });

    private static bool IsAnswer(MQTTnet.MqttApplicationMessage m) =>
        m.Topic == "clients/c/rsp" && RawClient.Text(m).Contains("\"chat.completion\"", StringComparison.Ordinal);

    private static OutboundMessage Reply(string topic, byte id) =>
        new(topic, new byte[10]) { AtLeastOnce = true, Correlation = new[] { id } };

    /// <summary>A reply topic that passed our checks and that the broker calls malformed: given up and named.</summary>
    [Fact]
    public async Task Reply_OverWhichTheBrokerEndsTheConnection_IsParkedAndTheNextArrives()
    {
        await using var mosquitto = await Mosquitto.StartAsync();
        var loggers = new RecordingLoggers();
        await using var link = Link(mosquitto.Broker, loggers.CreateLogger("mqtt"));
        await using var client = await RawClient.ConnectAsync(mosquitto.Broker, "c", true, "clients/c/rsp");
        link.Start();
        await Waiting.ForAsync(() => link.IsConnected);
        var poison = link.PublishAsync(Reply(Malformed, 7)).AsTask();
        await Waiting.ForAsync(() => link.WaitingInOutbox > 0);
        var good = Enumerable.Range(0, 20).Select(i => link.PublishAsync(Reply("clients/c/rsp", (byte)(100 + i))).AsTask()).ToList();
        Assert.Equal(PublishResult.Dropped, await poison.WaitAsync(Waiting.Limit, Cancellation));
        Assert.All(await Task.WhenAll(good).WaitAsync(Waiting.Limit, Cancellation), r => Assert.Equal(PublishResult.Sent, r));
        await Waiting.ForAsync(() => client.Received.Count == 20);
        Assert.Equal((1, "07"), ((int)link.Report.Parked, link.Report.LastParked));
        Assert.InRange(link.Report.ReconnectsLastMinute, 1, 10);
        Assert.Contains(loggers.Lines, l => l.Level == LogLevel.Error && l.Text.Contains("Correlation data 07", StringComparison.Ordinal));
    }

    /// <summary>A topic over which a reply was given up costs no more connections, whatever is to be sent there.</summary>
    [Fact]
    public async Task Reply_ToATopicOverWhichAnotherWasParked_IsDroppedAtOnce()
    {
        await using var mosquitto = await Mosquitto.StartAsync();
        await using var link = Link(mosquitto.Broker);
        await using var client = await RawClient.ConnectAsync(mosquitto.Broker, "c", true, "clients/c/rsp");
        link.Start();
        await Waiting.ForAsync(() => link.IsConnected);
        Assert.Equal(PublishResult.Dropped, await link.PublishAsync(Reply(Malformed, 7)).AsTask().WaitAsync(Waiting.Limit, Cancellation));
        await Waiting.ForAsync(() => link.IsConnected);
        var before = link.Report.ReconnectsLastMinute;
        Assert.Equal(PublishResult.Dropped, await link.PublishAsync(new OutboundMessage(Malformed, new byte[10])));
        Assert.Equal(PublishResult.Dropped, await link.PublishAsync(Reply(Malformed, 8)));
        Assert.Equal(PublishResult.Sent, await link.PublishAsync(Reply("clients/c/rsp", 9)));
        await client.WaitAsync(m => m.Topic == "clients/c/rsp");
        Assert.Equal((2, "08"), ((int)link.Report.Parked, link.Report.LastParked));
        Assert.Equal(before, link.Report.ReconnectsLastMinute);
    }

    /// <summary>A query that names such a topic is dropped before anything is sent there.</summary>
    [Theory]
    [InlineData("\\uffff")]
    [InlineData("\\ufdd0")]
    [InlineData("LEVELS")]
    public async Task Query_MalformedReplyTopic_TakesNothingOut(string bad)
    {
        await using var mosquitto = await Mosquitto.StartAsync();
        await using var agent = await AgentAsync(mosquitto.Broker);
        await Waiting.ForAsync(() => agent.Agent.Link.IsConnected);
        await using var client = await RawClient.ConnectAsync(mosquitto.Broker, "c", true, "clients/c/rsp");
        var topic = bad == "LEVELS" ? string.Join('/', Enumerable.Repeat("a", 250)) : bad;
        await client.SendAsync(QueryTopic, $$"""{"reply_to":"clients/{{topic}}","id":"1","messages":[{"role":"user","content":"?"}]}""");
        await client.SendAsync(QueryTopic, "SP-14?", "clients/c/rsp", [1], "text/plain");
        await client.WaitAsync(IsAnswer);
        Assert.Equal(1, agent.Agent.Metrics.Total("drops.reply_topic_forbidden"));
        Assert.Equal(0, agent.Agent.Link.Report.ReconnectsLastMinute);
    }

    /// <summary>The broker's rules forbid one reply topic: that reply is dropped, counted and shown.</summary>
    [Fact]
    public async Task Reply_RefusedByTheBrokersRules_IsCountedAndShownAndBlocksNobody()
    {
        using var folder = new TemporaryDirectory();
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_111_111);
        await File.WriteAllTextAsync(folder.File("acl"),
            "topic readwrite edge/#\ntopic readwrite clients/c/rsp\ntopic read clients/#\n", Cancellation);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder.File("acl"), (UnixFileMode)0b111_101_101);
        await using var mosquitto = await Mosquitto.StartAsync($"allow_anonymous true\nacl_file {folder.File("acl")}");
        await using var agent = await AgentAsync(mosquitto.Broker);
        await Waiting.ForAsync(() => agent.Agent.Link.IsConnected);
        await using var client =
            await RawClient.ConnectAsync(mosquitto.Broker, "c", true, "clients/c/rsp", "edge/v1/local/edge-1/state");
        for (byte i = 0; i < 3; i++) await client.SendAsync(QueryTopic, "SP-14?", "clients/x/other", [i], "text/plain");
        for (byte i = 10; i < 20; i++) await client.SendAsync(QueryTopic, "SP-14?", "clients/c/rsp", [i], "text/plain");
        await Waiting.ForAsync(() => client.Received.Count(IsAnswer) == 10);
        await Waiting.ForAsync(() => agent.Agent.Link.Report.Refused == 3);
        await client.WaitAsync(m => m.Topic.EndsWith("/state", StringComparison.Ordinal)
            && JsonNode.Parse(RawClient.Text(m))!["link"] is { } link && link["refused"]!.GetValue<long>() == 3
            && link["last_refusal"]!.GetValue<string>() == "NotAuthorized");
    }

    /// <summary>Of two devices of one name the earlier goes on; the later names the cause and comes back less and less often.</summary>
    [Fact]
    public async Task TwoLinks_OfOneName_TheLaterYields()
    {
        await using var mosquitto = await Mosquitto.StartAsync();
        var (first, second) = (new RecordingLoggers(), new RecordingLoggers());
        await using var earlier = Link(mosquitto.Broker, first.CreateLogger("mqtt"));
        await Task.Delay(5, Cancellation); // sessions are ordered by the millisecond
        await using var later = Link(mosquitto.Broker, second.CreateLogger("mqtt"));
        earlier.Start();
        await Waiting.ForAsync(() => earlier.IsConnected);
        later.Start();
        bool Says(RecordingLoggers loggers, string text) => loggers.Lines.Any(l => l.Text.Contains(text, StringComparison.Ordinal));
        int TakenOver(RecordingLoggers loggers) =>
            loggers.Lines.Count(l => l.Text.Contains("Two devices have the same name", StringComparison.Ordinal));
        await Waiting.ForAsync(() => TakenOver(second) >= 4);
        Assert.True(Says(second, "another client has connected as 'edge-agent-local-edge-1'"));
        // the fourth wait of the later one is eight seconds or more: meanwhile the earlier one serves
        await Waiting.ForAsync(() => earlier.IsConnected);
        var before = TakenOver(first);
        var waits = second.Lines.Where(l => l.Text.Contains("Two devices", StringComparison.Ordinal))
            .Select(l => double.Parse(l.Text[(l.Text.LastIndexOf(" in ", StringComparison.Ordinal) + 4)..^2], CultureInfo.InvariantCulture))
            .Take(4).ToList();
        Assert.All(waits.Zip(waits.Skip(1)), pair => Assert.Equal(2, pair.Second / pair.First));
        Assert.InRange(before, 2, 6);
    }
}
