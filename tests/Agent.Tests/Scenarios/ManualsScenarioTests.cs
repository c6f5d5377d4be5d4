using System.Text.Json.Nodes;
using EdgeAgent.Knowledge;
using EdgeAgent.Knowledge.Reading;
using EdgeAgent.Knowledge.Storage;
using EdgeAgent.Mqtt;

namespace EdgeAgent.Tests.Scenarios;

/// <summary>The whole agent with the reference cell's manuals: a terminal gets the figure, its page and a refusal.</summary>
public sealed class ManualsScenarioTests
{
    [Fact]
    public async Task Agent_WithALibrary_AnswersWithItsSourceAndRefusesTheRest()
    {
        using var root = new TemporaryDirectory();
        var directory = new LibraryDirectory(root.Path);
        var cell = Path.Combine(SharedData.Repository, "provisioning", "manuals", "cell");
        foreach (var file in Directory.GetFiles(cell))
            directory.Add(Path.GetFileName(file), File.ReadAllBytes(file), DocumentReaders.Read(file), DateTimeOffset.UnixEpoch);
        await using var agent = await AgentFixture.StartAsync(s => s with
        {
            Knowledge = new KnowledgeOptions { Library = root.Path, Contact = "extension 312" }
        });
        var reply = await AskAsync(agent, "Which oil goes into the hydraulic unit?");
        Assert.Contains("HLP 46", Content(reply), StringComparison.Ordinal);
        Assert.Equal("document", reply["agent"]!["source"]!.GetValue<string>());
        var citation = reply["agent"]!["citations"]![0]!;
        Assert.Equal("lathe.md", citation["document"]!.GetValue<string>());
        Assert.Contains("6.4 Hydraulic unit", citation["section"]!.GetValue<string>(), StringComparison.Ordinal);

        reply = await AskAsync(agent, "法兰螺钉 M6 的扭矩是多少？");
        Assert.Contains("12 N·m", Content(reply), StringComparison.Ordinal);

        reply = await AskAsync(agent, "What does alarm SP-77 mean?"); // the bundled student would make an answer up or not know
        Assert.StartsWith("The manuals do not say. Please ask: extension 312.", Content(reply), StringComparison.Ordinal);
        Assert.Empty(reply["agent"]!["citations"]!.AsArray());
    }

    private static string Content(JsonNode reply) => reply["choices"]![0]!["message"]!["content"]!.GetValue<string>();

    private static async Task<JsonNode> AskAsync(AgentFixture agent, string question)
    {
        JsonNode? last = null;
        await using var terminal = await TerminalClient.ConnectAsync(agent.Broker, "terminal", version5: true,
            TimeProvider.System, TestContext.Current.CancellationToken);
        await foreach (var reply in terminal.AskAsync("local", "edge-1", TerminalClient.Question(question), 30,
            TestContext.Current.CancellationToken)) last = reply.Body;
        return last!;
    }
}
