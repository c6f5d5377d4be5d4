using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Endpoints.Mqtt;
using EdgeAgent.Fleet;
using EdgeAgent.Mqtt;
using EdgeAgent.Tests.Mqtt;
using Json.Schema;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeAgent.Tests.Docs;

/// <summary>
/// The JSON Schemas and the AsyncAPI document in docs/reference: every message that a running device sends fits its schema and has no field
/// that the schema does not name; what the program takes is named there too.
/// </summary>
public sealed class SchemaTests
{
    private static readonly string Reference = MarkdownPage.FullPathOf("docs/reference");

    public static TheoryData<string> Names =>
        [.. Directory.GetFiles(Path.Combine(Reference, "schemas"), "*.json").Select(f => Path.GetFileNameWithoutExtension(f)!)];

    private static JsonObject Load(string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(Reference, file)))!.AsObject();

    private static JsonObject Schema(string name) => Load(Path.Combine("schemas", name + ".json"));

    /// <summary>What is wrong with a message; empty where nothing is.</summary>
    private static List<string> Problems(string name, string message)
    {
        var problems = new List<string>();
        using var document = JsonDocument.Parse(message);
        var judge = Judges.GetOrAdd(name, n => JsonSchema.FromText(Schema(n).ToJsonString()));
        var result = judge.Evaluate(document.RootElement, new EvaluationOptions
        {
            OutputFormat = OutputFormat.List,
            RequireFormatValidation = true
        });
        if (!result.IsValid) problems.Add(JsonSerializer.Serialize(result.Details?.Where(d => d.Errors is not null)
            .Select(d => new { Place = d.InstanceLocation.ToString(), d.Errors })));
        AddUnknown(document.RootElement, Schema(name), "", problems);
        return problems;
    }

    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, JsonSchema> Judges = new();

    /// <summary>Fields that the schema does not name, at any depth it describes.</summary>
    private static void AddUnknown(JsonElement value, JsonNode? schema, string place, List<string> problems)
    {
        if (value.ValueKind == JsonValueKind.Array)
            foreach (var item in value.EnumerateArray()) AddUnknown(item, schema?["items"], place + "[]", problems);
        if (value.ValueKind != JsonValueKind.Object || schema?["properties"] is not JsonObject known) return;
        foreach (var field in value.EnumerateObject())
            if (known.ContainsKey(field.Name)) AddUnknown(field.Value, known[field.Name], $"{place}/{field.Name}", problems);
            else problems.Add($"{place}/{field.Name} is not in the schema");
    }

    /// <summary>The schema of what came on a topic; null where it is no message of the contract.</summary>
    private static string? SchemaOf(string topic, string text)
    {
        if (topic.StartsWith(Topics.ReplyPrefix, StringComparison.Ordinal))
            return text.Contains("chat.completion.chunk", StringComparison.Ordinal) ? "piece"
                : text.StartsWith("{\"error\"", StringComparison.Ordinal) ? "error" : "reply";
        return Topics.TryParse(topic, out var parsed) ? parsed.Kind switch
        {
            DeviceTopicKind.State => "state",
            DeviceTopicKind.Model => "model",
            DeviceTopicKind.Telemetry => "telemetry",
            DeviceTopicKind.CommandStatus => "status",
            _ => null,
        } : null;
    }

    [Fact]
    public async Task Messages_OfARunningDevice_FitTheirSchemas()
    {
        using var state = new TemporaryDirectory();
        await using var agent = await AgentFixture.StartAsync(s => s with { StateDirectory = state.Path });
        await using var client = await RawClient.ConnectAsync(agent.Broker, "s", true, "#");
        const string device = "edge/v1/local/edge-1", query = device + "/query", reply = "clients/s/rsp";
        string[] questions = ["""{"messages":[{"role":"user","content":"Alarm SP-14, call 13812345678?"}],"logprobs":true}""",
            """{"messages":[{"role":"user","content":"SP-14?"}],"stream":false,"max_tokens":3,"id":"x"}""", """{"messages":[]}""",
            "SP-14?"];
        for (byte i = 0; i < questions.Length; i++) await client.SendAsync(query, questions[i], reply, [i]);
        var commands = new Dictionary<string, string>
        {
            ["answers-correct/a"] = """{"questions":["where is the tap"],"answer":"Behind gate 4."}""",
            ["answers-correct/b"] = """{"questions":[]}""",
            ["answers-purge/c"] = """{"match":"nothing like it"}""",
            ["model-update/d"] = """{"bundle":"no"}""",
            ["library-update/h"] = """{"bundle":"no"}""",
            ["key-rotation/e"] = "{}",
            ["something/f"] = "{}",
            ["configure/g"] = """{"options":{"Queries:DefaultTokens":64}}""",
        };
        foreach (var (name, payload) in commands) await client.SendAsync($"{device}/cmd/{name}", payload);
        agent.Agent.Services.GetRequiredService<TelemetryPublisher>().Publish();
        bool HasCome(string end) => client.Received.Any(m => m.Topic.EndsWith(end, StringComparison.Ordinal));
        await Waiting.ForAsync(() => commands.Keys.All(c => HasCome($"{c}/status")) && HasCome("/telemetry") && HasCome("/state")
            && HasCome("/model") && client.Received.Count(m =>
                m.Topic == reply && m.UserProperties?.Any(p => p.Name == "seq") != true) >= 4);
        var seen = new HashSet<string>();
        var problems = new List<string>();
        foreach (var message in client.Received)
        {
            var text = RawClient.Text(message);
            if (SchemaOf(message.Topic, text) is not { } name) continue;
            seen.Add(name);
            problems.AddRange(Problems(name, text).Select(p => $"{message.Topic}: {p}\n  {text}"));
        }
        Assert.True(problems.Count == 0, string.Join('\n', problems.Take(10)));
        Assert.Equal(["error", "model", "piece", "reply", "state", "status", "telemetry"], seen.Order());
    }

    /// <summary>Every number of the telemetry has a unit, beside the time and what stands in parts of its own.</summary>
    [Fact]
    public async Task Telemetry_EveryNumber_HasAUnit()
    {
        await using var agent = await AgentFixture.StartAsync();
        var telemetry = agent.Agent.Services.GetRequiredService<TelemetryPublisher>().Read();
        var numbers = telemetry.Where(f => f.Value?.GetValueKind() == JsonValueKind.Number).Select(f => f.Key).ToList();
        Assert.True(numbers.Count > 10, string.Join(", ", numbers));
        Assert.Equal(numbers.Order(), telemetry["units"]!.AsObject().Select(u => u.Key).Order());
        // a field that this board lacks needs one too
        Assert.All(Schema("telemetry")["properties"]!.AsObject().Where(p => IsNumber(p.Value!)),
            p => Assert.True(TelemetryUnits.Of(new JsonObject { [p.Key] = 1 }).Count == 1, $"{p.Key} has no unit"));
    }

    private static bool IsNumber(JsonNode property) => property["type"]?.ToJsonString() is { } type
        && (type.Contains("number", StringComparison.Ordinal) || type.Contains("integer", StringComparison.Ordinal));

    [Fact]
    public void Rollout_AsThePublisherWritesIt_FitsItsSchema()
    {
        var record = new RolloutRecord { Id = "r1", Bundle = new string('a', 64), Stages = ["1", "100%"], Devices = ["d1", "d2"] };
        Assert.Empty(Problems("rollout", JsonSerializer.Serialize(record, FleetJson.Default.RolloutRecord)));
    }

    /// <summary>The judge must be able to refuse.</summary>
    [Theory]
    [InlineData("state", """{"online":true,"session":"s","since":"2026-01-01T00:00:00Z","at":"yesterday"}""")]
    [InlineData("state", """{"online":"yes","session":"s","since":"2026-01-01T00:00:00Z","at":"2026-01-01T00:00:00Z"}""")]
    [InlineData("status", """{"id":"a","state":"done","at":"2026-01-01T00:00:00Z"}""")]
    [InlineData("feedback", """{"answer_id":"019ac2f1d0007abc8def0123456789ab","rating":5,"stars":5}""")]
    public void Schema_WrongMessage_IsRefused(string name, string message) => Assert.NotEmpty(Problems(name, message));

    [Theory]
    [MemberData(nameof(Names))]
    public void Schema_IsNamedInTheAsyncApiDocument(string name)
    {
        Assert.Equal($"urn:edge-agent:v1:{name}", (string?)Schema(name)["$id"]);
        Assert.Equal($"schemas/{name}.json", (string?)Load("asyncapi.json")["components"]!["messages"]![name]!["payload"]!["$ref"]);
    }

    /// <summary>Addresses are the program's topics, and every reference leads somewhere.</summary>
    [Fact]
    public void AsyncApi_ChannelsAndReferences_AreReal()
    {
        var document = Load("asyncapi.json");
        var topics = MqttReferenceTests.TopicNames.Select(t => t.Data).ToHashSet();
        var addresses = document["channels"]!.AsObject().Select(c => (string)c.Value!["address"]!).ToList();
        Assert.Empty(addresses.Except(topics));
        Assert.Equal(["$share/{pool}/edge/v1/{site}/any/query"],
            topics.Except(addresses).Where(t => !t.StartsWith("homeassistant/", StringComparison.Ordinal)));
        foreach (var reference in References(document))
            Assert.True(reference.StartsWith("#/", StringComparison.Ordinal)
                ? reference[2..].Split('/').Aggregate((JsonNode?)document, (node, part) => node?[part]) is not null
                : File.Exists(Path.Combine(Reference, reference)), reference);
        Assert.Equal("3.0.0", (string?)document["asyncapi"]);
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject fields => fields.SelectMany(f => f.Key == "$ref" ? [(string)f.Value!] : References(f.Value)),
        JsonArray items => items.SelectMany(References),
        _ => [],
    };

    /// <summary>They are in the package.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Schema_IsBesideTheProgram(string name)
    {
        Assert.True(File.Exists(Path.Combine(AppContext.BaseDirectory, "schemas", name + ".json")));
        Assert.True(File.Exists(Path.Combine(AppContext.BaseDirectory, "schemas", "asyncapi.json")));
    }
}
