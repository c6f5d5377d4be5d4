using System.Text.Json.Nodes;
using EdgeAgent.Tests.Knowledge.Reading;

namespace EdgeAgent.Tests.Cli;

/// <summary>The verbs of the manuals as a user types them: documents in, questions answered with document and page.</summary>
public sealed class DocsCommandTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task Docs_AddSearchListLintRemove_WorkTogether()
    {
        var (manuals, library) = (Directory.CreateDirectory(_root.File("manuals")).FullName, _root.File("library"));
        File.WriteAllBytes(Path.Combine(manuals, "lathe.pdf"), new HandMadePdf()
            .Page(HandMadePdf.Text(50, 780, "6.3 Torques", 16), HandMadePdf.Text(50, 700, "Chuck bolts M12 are tightened to 85 Nm."))
            .Page(HandMadePdf.Picture).Build());
        File.WriteAllText(Path.Combine(manuals, "机器人.md"), "# 保养\n电池每两年更换一次。\n");
        File.WriteAllBytes(Path.Combine(manuals, "broken.pdf"), "%PDF-1.4 nothing else"u8.ToArray());
        File.WriteAllText(Path.Combine(manuals, "photo.jpg"), "no document");

        var (code, output, error) = await AgentProcess.RunAsync(null, "docs", "add", manuals, library);
        Assert.Equal(1, code); // one of them cannot be read; the others are in
        Assert.Contains("2 of 3 documents added", output, StringComparison.Ordinal);
        Assert.Contains("broken.pdf: expected", error, StringComparison.Ordinal);

        (code, output, error) = await AgentProcess.RunAsync(
            """
            {"text":"torque of the chuck bolts"}
            {"text":"电池多久更换"}
            {"question":"no text"}
            {"text":"qwertz"}

            """, "docs", "search", "--jsonl", library);
        Assert.True(code == 0, error);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!).ToList();
        Assert.Equal(4, lines.Count);
        var first = lines[0]["passages"]![0]!;
        Assert.Equal(("lathe.pdf", 1, "6.3 Torques", "Chuck bolts M12 are tightened to 85 Nm."), (first["document"]!.GetValue<string>(),
            first["page"]!.GetValue<int>(), first["section"]!.GetValue<string>(), first["text"]!.GetValue<string>()));
        Assert.Equal("机器人.md", lines[1]["passages"]![0]!["document"]!.GetValue<string>());
        Assert.Equal("invalid_request", lines[2]["error"]!["code"]!.GetValue<string>());
        Assert.Empty(lines[3]["passages"]!.AsArray());

        (code, output, _) = await AgentProcess.RunAsync(null, "docs", "lint", library);
        Assert.Equal(1, code);
        Assert.Contains("lathe.pdf, p. 2: a picture without text", output, StringComparison.Ordinal);

        (code, output, _) = await AgentProcess.RunAsync(null, "docs", "list", library, "--json");
        Assert.Equal((0, 2), (code, JsonNode.Parse(output)!.AsArray().Count));

        (code, output, _) = await AgentProcess.RunAsync(null, "docs", "remove", "lathe.pdf", library);
        Assert.Equal(0, code);
        (code, output, _) = await AgentProcess.RunAsync(null, "docs", "search", "torque of the chuck bolts", library);
        Assert.Equal(0, code);
        Assert.DoesNotContain("85 Nm", output, StringComparison.Ordinal);
    }
}
