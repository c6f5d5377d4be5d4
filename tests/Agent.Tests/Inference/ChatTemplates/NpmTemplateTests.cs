using System.Text.Json;
using EdgeAgent.Inference.ChatTemplates;

namespace EdgeAgent.Tests.Inference.ChatTemplates;

/// <summary>
/// Published chat templates over many conversations, as the reference interpreter renders them (tests/e2e/tokenizers/run.sh).
/// </summary>
public sealed class NpmTemplateTests
{
    [Fact]
    public void Render_PublishedTemplates_EqualsTheReference()
    {
        if (Environment.GetEnvironmentVariable("EDGE_AGENT_TOKENIZER_VECTORS") is not { Length: > 0 } folder)
        {
            Assert.Skip("run by tests/e2e/tokenizers/run.sh, which brings the templates");
            return;
        }
        var wrong = new List<string>();
        var count = new SortedDictionary<string, int>();
        foreach (var line in File.ReadLines(Path.Combine(folder, "templates.jsonl")))
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            var name = root.GetProperty("name").GetString()!;
            count[name] = count.GetValueOrDefault(name) + 1;
            var turns = root.GetProperty("messages").EnumerateArray()
                .Select(m => new ChatTurn(m.GetProperty("role").GetString()!, m.GetProperty("content").GetString()!)).ToList();
            var variables = root.GetProperty("variables").EnumerateObject()
                .ToDictionary(v => v.Name, v => v.Value.ValueKind switch
                {
                    JsonValueKind.True => true,
                    JsonValueKind.Null => null,
                    JsonValueKind.False => false,
                    _ => (object?)v.Value.GetString()
                });
            var expected = root.TryGetProperty("text", out var text) ? text.GetString()! : "an error";
            string found;
            try
            {
                found = new ChatTemplate(root.GetProperty("template").GetString()!)
                    .Render(turns, root.GetProperty("add_generation_prompt").GetBoolean(), variables);
            }
            catch (TemplateException e)
            {
                found = root.TryGetProperty("error", out _) ? "an error" : e.Message;
            }
            if (found != expected)
                wrong.Add(
                    $"{name}: {Start(root.GetProperty("template").GetString()!)} over {root.GetProperty("messages")}" +
                    $"\n  expected {JsonSerializer.Serialize(expected)}\n  found    " +
                    $"{JsonSerializer.Serialize(found)}");
        }
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", count.Select(c => $"{c.Key} {c.Value}")));
        Assert.True(wrong.Count == 0, $"{wrong.Count} wrong:\n{string.Join("\n", wrong.DistinctBy(w => w.Split(" over ")[0]).Take(12))}");
        Assert.True(count.Count >= 5, $"templates of at least 5 families, found {count.Count}");
    }

    private static string Start(string template) => template.Length > 200 ? template[..200] + "..." : template;
}
