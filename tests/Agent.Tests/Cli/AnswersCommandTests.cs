namespace EdgeAgent.Tests.Cli;

public sealed class AnswersCommandTests
{
    [Theory]
    [InlineData("{\"questions\":[],\"answer\":\"x\"}", "line 1")]
    [InlineData("{\"questions\":[\"a\"],\"answer\":\"\"}", "line 1")]
    [InlineData("nonsense", "line 1")]
    [InlineData("{\"questions\":[\"a\"],\"answer\":\"b\"}\nnull", "line 2")]
    public async Task Import_Malformed_NamesTheLine(string content, string said)
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.File("faq.jsonl"), content, TestContext.Current.CancellationToken);
        var (code, _, error) = await AgentProcess.RunAsync(null, "answers", "import", directory.File("faq.jsonl"), "--store",
            directory.File("a.db"));
        Assert.Equal(1, code);
        Assert.Contains(said, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Match_JsonLines_GivesTheCachesAnswers()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.File("faq.jsonl"),
            "{\"id\":\"r\",\"questions\":[\"How do I reset the robot?\",\"reset robot\"],\"answer\":\"Press R4.\"}\n",
            TestContext.Current.CancellationToken);
        var (code, output,
            error) =
            await AgentProcess.RunAsync(
                "{\"text\":\"how do I reset the robot\"}\n{\"text\":\"how do I reset the conveyor\"}\n{\"nothing\":1}\n", "answers",
                "match", "--jsonl", "--import", directory.File("faq.jsonl"), "--level", "L2");
        Assert.True(code == 0, error);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => System.Text.Json.Nodes.JsonNode.Parse(l)!)
            .ToList();
        Assert.Equal((true, "curated", "r", 1.0),
            (lines[0]["hit"]!.GetValue<bool>(), lines[0]["source"]!.GetValue<string>(), lines[0]["id"]!.GetValue<string>(),
                lines[0]["score"]!.GetValue<double>()));
        Assert.False(lines[1]["hit"]!.GetValue<bool>());
        Assert.Equal("invalid_request", lines[2]["error"]!["code"]!.GetValue<string>());
    }

    /// <summary>An empty text or a negative age would fit every answer: nothing is deleted.</summary>
    [Fact]
    public async Task Purge_SelectsEverythingByMistake_IsAUsageErrorAndDeletesNothing()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.File("faq.jsonl"), """{"questions":["a"],"answer":"b"}""",
            TestContext.Current.CancellationToken);
        await AgentProcess.RunAsync(null, "answers", "import", directory.File("faq.jsonl"), "--store", directory.File("a.db"));
        foreach (var (option, value) in new[] { ("--match", ""), ("--older", "-1") })
        {
            var (code, _, error) = await AgentProcess.RunAsync(null, "answers", "purge", option, value, "--store",
                directory.File("a.db"));
            Assert.True(code == 2, $"{option} '{value}': exit code {code}, {error}");
        }
        var (_, output, _) = await AgentProcess.RunAsync(null, "answers", "export", "--store", directory.File("a.db"));
        Assert.Contains("line-1", output, StringComparison.Ordinal);
    }
}
