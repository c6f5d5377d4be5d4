using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Endpoints.Mqtt;
using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Mqtt;
using EdgeAgent.Tests.Mqtt;

namespace EdgeAgent.Tests.Endpoints.Mqtt;

/// <summary>What Home Assistant is told, and what its templates make of our messages.</summary>
public sealed class HomeAssistantTests
{
    private const string Topic = "homeassistant/device/edge-agent_local_edge-1/config";
    private static readonly JsonObject Device =
        HomeAssistantDevice.Describe(new Topics("local", "edge-1"), "local", "edge-1", "cell-student", "0.1.0");

    private static object? Value(JsonNode? node) => node switch
    {
        JsonObject fields => fields.Aggregate(new Mapping(), (map, f) =>
        {
            map[f.Key] = Value(f.Value);
            return map;
        }),
        JsonArray items => items.Select(Value).ToList(),
        JsonValue value when value.TryGetValue(out bool flag) => flag,
        JsonValue value when value.TryGetValue(out string? text) => text,
        JsonValue value when value.TryGetValue(out long whole) => whole,
        JsonValue value => value.GetValue<double>(),
        _ => null,
    };

    /// <summary>A template of an entity, rendered over a message (Jinja, as Home Assistant does).</summary>
    private static string Render(string component, string message) => new ChatTemplate(
            (string)(component == "availability" ? Device["availability"]![0]! : Device["components"]![component]!)["value_template"]!)
        .Render([], false, new Dictionary<string, object?> { ["value_json"] = Value(JsonNode.Parse(message)) });

    [Theory]
    [InlineData("availability", """{"online":true}""", "online")]
    [InlineData("availability", """{"online":false}""", "offline")]
    [InlineData("temperature", """{"temperature_c":61.5}""", "61.5")]
    [InlineData("level", """{"level":"L2"}""", "L2")]
    [InlineData("student", """{"model":"cell-student","version":"1.2"}""", "cell-student 1.2")]
    public void Templates_OverOurMessages_GiveTheValue(string component, string message, string expected) =>
        Assert.Equal(expected, Render(component, message));

    [Theory]
    [InlineData(null, null, null, "built-in", "built-in", false)]
    [InlineData(null, 'b', "scheduled", "built-in", "bbbbbbbbbbbb", false)]
    [InlineData('a', 'b', "downloading", "aaaaaaaaaaaa", "bbbbbbbbbbbb", true)]
    [InlineData('a', 'b', "trial", "aaaaaaaaaaaa", "bbbbbbbbbbbb", true)]
    [InlineData('b', 'b', "committed", "bbbbbbbbbbbb", "bbbbbbbbbbbb", false)]
    [InlineData('a', 'b', "rolled-back", "aaaaaaaaaaaa", "aaaaaaaaaaaa", false)]
    [InlineData('a', 'b', "failed", "aaaaaaaaaaaa", "aaaaaaaaaaaa", false)]
    public void Update_EveryState_SaysInstalledLatestAndProgress(char? digest, char? latest, string? state, string installed,
        string newest, bool isRunning)
    {
        static string? Digest(char? c) => c is { } letter ? new string(letter, 64) : null;
        var message = new JsonObject { ["digest"] = Digest(digest), ["latest"] = Digest(latest), ["state"] = state };
        using var update = JsonDocument.Parse(Render("update", message.ToJsonString()));
        Assert.Equal(installed, update.RootElement.GetProperty("installed_version").GetString());
        Assert.Equal(newest, update.RootElement.GetProperty("latest_version").GetString());
        Assert.Equal(isRunning, update.RootElement.GetProperty("in_progress").GetBoolean());
    }

    [Fact]
    public void Components_EachHasAnIdOfItsOwnAndATopicOfTheDevice()
    {
        var components = Device["components"]!.AsObject().Select(c => c.Value!).ToList();
        Assert.Equal(components.Count, components.Select(c => (string)c["unique_id"]!).Distinct().Count());
        Assert.All(components, c => Assert.StartsWith("edge/v1/local/edge-1/", (string)c["state_topic"]!, StringComparison.Ordinal));
        Assert.Contains(components, c => (string?)c["platform"] == "update");
    }

    /// <summary>Switched on, it is retained; switched off, it is cleared, over restarts.</summary>
    [Fact]
    public async Task Device_SwitchedOnAndOff_IsAnnouncedAndCleared()
    {
        using var state = new TemporaryDirectory();
        await using var broker = await EmbeddedBroker.StartAsync(System.Net.IPEndPoint.Parse("127.0.0.1:0"), 1 << 20);
        var address = new BrokerAddress("127.0.0.1", broker.EndPoint.Port, Tls: false);
        await using var watcher = await RawClient.ConnectAsync(address, "w", true, "homeassistant/#");
        foreach (var isOn in new[] { true, false })
        {
            await using var agent = await AgentFixture.StartAsync(s => s with
            {
                StateDirectory = state.Path,
                Mqtt = s.Mqtt with { Broker = address.ToString(), HomeAssistant = isOn },
            });
            var message = await watcher.WaitAsync(m => m.Payload.IsEmpty != isOn);
            Assert.Equal(Topic, message.Topic);
            if (isOn) Assert.Equal("cell-student", (string?)JsonNode.Parse(RawClient.Text(message))!["device"]!["model"]);
        }
        await using var late = await RawClient.ConnectAsync(address, "late", true, "homeassistant/#", "edge/v1/local/edge-1/state");
        await late.WaitAsync(m => m.Topic.EndsWith("/state", StringComparison.Ordinal));
        Assert.DoesNotContain(late.Received, m => m.Topic == Topic);
    }
}
