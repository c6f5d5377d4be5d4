using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using EdgeAgent.Endpoints.Http;
using EdgeAgent.Hosting;
using EdgeAgent.Knowledge;
using EdgeAgent.Knowledge.Reading;
using EdgeAgent.Knowledge.Storage;
using EdgeAgent.Mqtt;
using EdgeAgent.Mqtt.Broker;
using EdgeAgent.Tests.Endpoints.Http;

namespace EdgeAgent.Tests.Scenarios;

/// <summary>Who may read what of the manuals, over both endpoints; what a question leaves behind; answers without a student.</summary>
public sealed class ManualsAccessTests : IDisposable
{
    private const string Canary = "zebra", Question = "What is the service password of panel X9-100?", Phone = "13812345678",
        Mail = "wei.zhang.canary@example.com";

    private readonly TemporaryDirectory _root = new();

    public ManualsAccessTests()
    {
        var library = new LibraryDirectory(_root.File("library"));
        void Add(string id, string heading, string text, params string[] roles) => library.Add(id, Encoding.UTF8.GetBytes(text),
            new DocumentText(id, 1, [new Block(BlockKind.Heading, heading, 1) { Level = 1 }, new Block(BlockKind.Text, text, 1)], []),
            TimeProvider.System.GetUtcNow(), roles);
        Add("open.md", "Doors", "The guard door of the lathe opens with button B4.");
        Add("service.md", "Service", $"The service password of panel X9-100 is {Canary}.", "maintenance");
        UserFile.Save(_root.File("users"), new[] { "hmi-1", "hmi-2" }.Select(u => new BrokerUser(u, BrokerRole.Terminal,
            PasswordHash.Of("secret-word"u8, PasswordHash.MinIterations))));
        File.WriteAllText(_root.File("password"), "secret-word");
        File.WriteAllLines(_root.File("keys"), new[] { "laptop", "visitor" }
            .Select(k => $"{k} {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("key-of-" + k)))}"));
    }

    public void Dispose() => _root.Dispose();

    private Task<AgentFixture> StartAsync(Func<KnowledgeOptions, KnowledgeOptions>? change = null, bool hasUsers = true,
        Func<AgentSettings, AgentSettings>? more = null)
    {
        var options = new KnowledgeOptions
        {
            Library = _root.File("library"),
            Roles = new Dictionary<string, IReadOnlyList<string>> { ["maintenance"] = ["hmi-1", "key:laptop"] }
        };
        return AgentFixture.StartAsync(s =>
        {
            s = s with
            {
                StateDirectory = _root.File("state"),
                Knowledge = change?.Invoke(options) ?? options,
                Broker = s.Broker with { UsersFile = hasUsers ? _root.File("users") : "" },
                Http = new HttpOptions { Listen = "127.0.0.1:0", ApiKeysFile = _root.File("keys") }
            };
            return more?.Invoke(s) ?? s;
        });
    }

    private async Task<JsonNode> AskAsync(AgentFixture agent, string user, string question)
    {
        JsonNode? last = null;
        await using var terminal = await TerminalClient.ConnectAsync(new BrokerAccess(agent.Broker,
            new BrokerCredentials(user, _root.File("password"))), user, version5: true, TimeProvider.System,
            TestContext.Current.CancellationToken);
        await foreach (var reply in terminal.AskAsync("local", "edge-1", TerminalClient.Question(question), 30,
            TestContext.Current.CancellationToken)) last = reply.Body;
        return last!;
    }

    private static HttpClient Client(AgentFixture agent, string key)
    {
        var client = new HttpClient { BaseAddress = agent.Agent.Http };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "key-of-" + key);
        return client;
    }

    private static async Task<JsonNode> AskAsync(HttpClient client, string question)
    {
        var body = new JsonObject { ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = question }) };
        using var response = await client.PostAsync("v1/chat/completions", HttpRig.Json(body.ToJsonString()),
            TestContext.Current.CancellationToken);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
    }

    private static AnswerComposer Composer(bool composes) => composes ? AnswerComposer.Student : AnswerComposer.Extract;

    private static void AssertKnowsNothing(JsonNode reply)
    {
        Assert.DoesNotContain(Canary, reply.ToJsonString(), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("service.md", reply.ToJsonString(), StringComparison.Ordinal);
    }

    /// <summary>Also after somebody with the role has asked the same, twice, so that it would be learned.</summary>
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public async Task Ask_WithoutTheRole_NeverGetsAWord(bool isStrict, bool composes)
    {
        await using var agent = await StartAsync(o => o with { Strict = isStrict, Compose = Composer(composes) });
        AssertKnowsNothing(await AskAsync(agent, "hmi-2", Question));
        for (var i = 0; i < 2; i++)
        {
            var reply = await AskAsync(agent, "hmi-1", Question);
            Assert.Contains(Canary, reply.ToJsonString(), StringComparison.Ordinal);
            Assert.Equal("service.md", reply["agent"]!["citations"]![0]!["document"]!.GetValue<string>());
        }
        for (var i = 0; i < 2; i++) AssertKnowsNothing(await AskAsync(agent, "hmi-2", Question));
        using var laptop = Client(agent, "laptop");
        using var visitor = Client(agent, "visitor");
        Assert.Contains(Canary, (await AskAsync(laptop, Question)).ToJsonString(), StringComparison.Ordinal);
        AssertKnowsNothing(await AskAsync(visitor, Question));
        Assert.Contains("B4", (await AskAsync(visitor, "How does the guard door of the lathe open?")).ToJsonString(),
            StringComparison.Ordinal);
    }

    /// <summary>Without users anybody may read anybody's reply topic: a name proves nothing.</summary>
    [Fact]
    public async Task Ask_BrokerWithoutUsers_NobodyHasARole()
    {
        await using var agent = await StartAsync(hasUsers: false);
        JsonNode? last = null;
        await using var terminal = await TerminalClient.ConnectAsync(agent.Broker, "hmi-1", version5: true, TimeProvider.System,
            TestContext.Current.CancellationToken);
        await foreach (var reply in terminal.AskAsync("local", "edge-1", TerminalClient.Question(Question), 30,
            TestContext.Current.CancellationToken)) last = reply.Body;
        AssertKnowsNothing(last!);
    }

    [Fact]
    public async Task CitedPage_OverHttp_HasTheLinesMarkedAndIsCheckedForTheRole()
    {
        await using var agent = await StartAsync();
        using var laptop = Client(agent, "laptop");
        using var visitor = Client(agent, "visitor");
        var citation = (await AskAsync(laptop, Question))["agent"]!["citations"]![0]!;
        var path = $"v1/documents/{citation["document"]}?start={citation["start"]}&end={citation["end"]}&version={citation["version"]}";
        using var response = await laptop.GetAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var page = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        var mark = Assert.Single(page["marks"]!.AsArray())!;
        Assert.Equal($"The service password of panel X9-100 is {Canary}.",
            page["text"]!.GetValue<string>()[mark["start"]!.GetValue<int>()..mark["end"]!.GetValue<int>()]);
        Assert.StartsWith("Service\n", page["text"]!.GetValue<string>(), StringComparison.Ordinal);
        async Task<HttpStatusCode> StatusAsync(HttpClient client, string of)
        {
            using var answer = await client.GetAsync(of, TestContext.Current.CancellationToken);
            Assert.DoesNotContain(Canary, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
                StringComparison.Ordinal);
            return answer.StatusCode;
        }
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(visitor, path));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(laptop, "v1/documents/nothing.md?start=0&end=1"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(laptop, $"v1/documents/service.md?page=1&version=older"));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(laptop, "v1/documents/service.md?start=-1"));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(laptop, "v1/documents/service.md"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(visitor, "v1/documents/open.md?page=1"));
    }

    /// <summary>The question is searched as it was asked; nothing of what is somebody's reaches the log or the disk.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ask_WithPersonalData_LeavesNoneInLogsOrOnDisk(bool composes)
    {
        await using (var agent = await StartAsync(o => o with { Compose = Composer(composes), Strict = false }))
        {
            for (var i = 0; i < 3; i++)
            {
                foreach (var question in new[] { "How does the guard door of the lathe open?", "Where is the canteen?" })
                    await AskAsync(agent, "hmi-2", $"{question} Call {Phone} or write to {Mail}.");
            }
            Assert.DoesNotContain(agent.Loggers.Lines, l => l.Text.Contains(Phone, StringComparison.Ordinal)
                || l.Text.Contains(Mail, StringComparison.OrdinalIgnoreCase));
        }
        var files = Directory.GetFiles(_root.File("state"), "*", SearchOption.AllDirectories);
        Assert.True(files.Length > 3, string.Join(", ", files));
        foreach (var file in files)
        {
            var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
            foreach (var personal in new[] { Phone, Mail })
                foreach (var encoding in new[] { Encoding.UTF8, Encoding.Unicode })
                    Assert.True(bytes.AsSpan().IndexOf(encoding.GetBytes(personal)) < 0, $"{personal} in {file}");
        }
    }

    /// <summary>At L3 no student is asked, at L4 none is loaded: over both endpoints the passages themselves are served.</summary>
    [Theory]
    [InlineData(92, "L3")]
    [InlineData(98, "L4")]
    public async Task Ask_HotDevice_IsAnsweredFromTheDocuments(int celsius, string level)
    {
        await File.WriteAllLinesAsync(_root.File("heat.csv"),
            ["t_s,tj_c", string.Create(CultureInfo.InvariantCulture, $"0,{celsius}")], TestContext.Current.CancellationToken);
        await using var agent = await StartAsync(o => o with { Compose = AnswerComposer.Student },
            more: s => s with { SimulateHeat = _root.File("heat.csv") });
        const string question = "How does the guard door of the lathe open?";
        var reply = await AskAsync(agent, "hmi-2", question);
        for (var start = TimeProvider.System.GetTimestamp(); reply["agent"]?["level"]?.GetValue<string>() != level
            && TimeProvider.System.GetElapsedTime(start) < Waiting.Limit;) reply = await AskAsync(agent, "hmi-2", question);
        using var visitor = Client(agent, "visitor");
        foreach (var answer in new[] { reply, await AskAsync(visitor, question) })
        {
            Assert.Equal((level, "document"),
                (answer["agent"]!["level"]!.GetValue<string>(), answer["agent"]!["source"]!.GetValue<string>()));
            Assert.Equal("open.md", answer["agent"]!["citations"]![0]!["document"]!.GetValue<string>());
            Assert.Contains("button B4", answer["choices"]![0]!["message"]!["content"]!.GetValue<string>(), StringComparison.Ordinal);
        }
    }
}
