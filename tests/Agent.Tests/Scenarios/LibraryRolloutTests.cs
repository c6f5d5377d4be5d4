using System.Security.Cryptography;
using System.Text.Json.Nodes;
using EdgeAgent.Knowledge;
using EdgeAgent.Knowledge.Reading;
using EdgeAgent.Knowledge.Storage;
using EdgeAgent.Mqtt;
using EdgeAgent.Tests.Cli;
using EdgeAgent.Tests.Mqtt;
using EdgeAgent.Tests.Updates.Sources;
using EdgeAgent.Updates;

namespace EdgeAgent.Tests.Scenarios;

/// <summary>Whole agents, the verbs as processes: manuals are published and rolled out in stages, answer, and are refused.</summary>
public sealed class LibraryRolloutTests : IDisposable
{
    private const string Question = "To what torque are the chuck bolts M12 tightened?";

    private readonly TemporaryDirectory _root = new();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public LibraryRolloutTests()
    {
        Directory.CreateDirectory(_root.File("keys"));
        File.WriteAllText(Path.Combine(_root.File("keys"), "test.pem"), _key.ExportSubjectPublicKeyInfoPem());
        File.WriteAllText(_root.File("key.pem"), _key.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose()
    {
        _key.Dispose();
        _root.Dispose();
    }

    private string Library(int torque)
    {
        var library = new LibraryDirectory(_root.File("library"));
        library.Add("lathe.md", BitConverter.GetBytes(torque), new DocumentText("Lathe manual", 0,
            [new Block(BlockKind.Heading, "Torques", null) { Level = 1 },
                new Block(BlockKind.Text, $"Tighten the chuck bolts M12 to {torque} Nm in a cross pattern.", null)], []),
            TimeProvider.System.GetUtcNow());
        return library.Path;
    }

    private Task<AgentFixture> StartAsync(string device = "edge-1", BrokerAddress? broker = null) => AgentFixture.StartAsync(s => s with
    {
        StateDirectory = _root.File("state-" + device),
        Updates = new UpdateOptions
        {
            Keys = _root.File("keys"),
            TrialDuration = TimeSpan.FromSeconds(1),
            Canary = 0.5,
            WantDelay = TimeSpan.FromSeconds(0.5),
            SpaceMarginBytes = 0
        },
        Knowledge = new KnowledgeOptions { Contact = "extension 312" },
        Mqtt = s.Mqtt with { Device = device, Broker = broker?.ToString() ?? "" }
    });

    private static async Task<JsonNode> RunAsync(BrokerAddress broker, int code, params string[] arguments)
    {
        var (got, output, error) = await AgentProcess.RunAsync(null, [.. arguments, "--broker", broker.ToString(), "--json"]);
        Assert.True(got == code, $"{string.Join(' ', arguments)}: code {got}\n{output}\n{error}");
        return JsonNode.Parse(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1])!;
    }

    private async Task<string> PublishAsync(BrokerAddress broker, string library) => (await RunAsync(broker, 0, "docs", "publish", library,
        "--private-key", _root.File("key.pem")))["bundle"]!.GetValue<string>();

    private static async Task<JsonNode> AskAsync(BrokerAddress broker, string device = "edge-1")
    {
        JsonNode? last = null;
        await using var terminal = await TerminalClient.ConnectAsync(broker, "terminal", version5: true, TimeProvider.System,
            TestContext.Current.CancellationToken);
        await foreach (var reply in terminal.AskAsync("local", device, TerminalClient.Question(Question), 30,
            TestContext.Current.CancellationToken)) last = reply.Body;
        return last!;
    }

    private static string Content(JsonNode reply) => reply["choices"]![0]!["message"]!["content"]!.GetValue<string>();

    /// <summary>Two devices on one broker: the library goes in stages and answers, and a newer edition takes its place.</summary>
    [Fact]
    public async Task Rollout_LibraryOverTheBroker_AnswersOnEveryDeviceAndTheNextEditionReplacesIt()
    {
        await using var broker = await EmbeddedBroker.StartAsync(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0), 4 << 20);
        var address = new BrokerAddress("127.0.0.1", broker.EndPoint.Port, Tls: false);
        await using var one = await StartAsync("d1", address);
        await using var two = await StartAsync("d2", address);
        Assert.NotEqual("document", (await AskAsync(address, "d1"))["agent"]!["source"]!.GetValue<string>());

        var sha = await PublishAsync(address, Library(85));
        var status = await RunAsync(address, 0, "fleet", "rollout", "--library", sha, "--stages", "1,100%");
        Assert.Equal("done", status["rollout"]!["state"]!.GetValue<string>());
        Assert.All(status["devices"]!.AsArray(), d => Assert.Equal(sha, d!["library"]!["digest"]!.GetValue<string>()));
        foreach (var device in new[] { "d1", "d2" })
        {
            var reply = await AskAsync(address, device);
            Assert.Contains("85 Nm", Content(reply), StringComparison.Ordinal);
            Assert.Equal("document", reply["agent"]!["source"]!.GetValue<string>());
            Assert.Equal(status["devices"]![0]!["library"]!["version"]!.GetValue<string>(), reply["agent"]!["library"]!.GetValue<string>());
        }

        var next = await PublishAsync(address, Library(90));
        Assert.NotEqual(sha, next);
        await RunAsync(address, 0, "fleet", "rollout", "--library", next);
        Assert.Contains("90 Nm", Content(await AskAsync(address, "d2")), StringComparison.Ordinal);

        // the old edition is a downgrade now: refused with its reason, the new one answers on
        status = await RunAsync(address, 1, "fleet", "rollout", "--library", sha, "--devices", "d1");
        Assert.Equal(UpdateReasons.Downgrade, status["devices"]![0]!["update"]!["reason"]!.GetValue<string>());
        Assert.Contains("90 Nm", Content(await AskAsync(address, "d1")), StringComparison.Ordinal);
    }

    /// <summary>The same library from a web server; after a restart it answers still, and state and telemetry name it.</summary>
    [Fact]
    public async Task Command_LibraryOverHttp_AnswersAlsoAfterARestart()
    {
        string digest;
        await using (var agent = await StartAsync())
        {
            digest = await PublishAsync(agent.Broker, Library(85));
            await RunAsync(agent.Broker, 0, "docs", "publish", _root.File("library"), "--remove");
            await using var server = new RangeServer(_root.File("library"));
            var status = await RunAsync(agent.Broker, 0, "fleet", "rollout", "--library", digest, "--url", server.Address);
            Assert.Equal("committed", status["devices"]![0]!["update"]!["state"]!.GetValue<string>());
            Assert.True(server.Served > 0);
        }
        await using var again = await StartAsync();
        var reply = await AskAsync(again.Broker);
        Assert.Contains("85 Nm", Content(reply), StringComparison.Ordinal);
        await using var client = await RawClient.ConnectAsync(again.Broker, "s", true, "edge/v1/local/edge-1/#");
        JsonNode? Last(string end) => client.Received.LastOrDefault(m => m.Topic.EndsWith(end, StringComparison.Ordinal)) is { } message
            ? JsonNode.Parse(RawClient.Text(message)) : null;
        await Waiting.ForAsync(() => Last("/state") is not null && Last("/telemetry") is not null);
        Assert.Equal(digest, Last("/state")!["library_digest"]!.GetValue<string>());
        Assert.Equal(Last("/state")!["library"]!.GetValue<string>(), Last("/telemetry")!["library"]!.GetValue<string>());
    }

    [Fact]
    public async Task Publish_NoLibrary_SaysHowToMakeOne()
    {
        var (code, _, error) = await AgentProcess.RunAsync(null, "docs", "publish", _root.File("nothing"),
            "--broker", "mqtt://127.0.0.1:1");
        Assert.Equal(1, code);
        Assert.Contains("docs add", error, StringComparison.Ordinal);
    }
}
