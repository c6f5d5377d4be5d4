using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Platform;

namespace EdgeAgent.Evaluation.Robustness;

/// <summary>What a case requires beside exactly one reply.</summary>
internal enum RequiredBehaviour
{
    /// <summary>Any reply or error, without what must never be said.</summary>
    Reply,

    /// <summary>Says one of the accepted texts.</summary>
    Answer,

    /// <summary>Says that it does not know, or refuses with an error.</summary>
    Decline,

    /// <summary>One of the two above.</summary>
    AnswerOrDecline,

    /// <summary>Refuses with an error.</summary>
    Error,
}

/// <summary>A document that a case needs in the library.</summary>
internal sealed record CaseDocument(string Name, string Text);

/// <summary>An edge case: what is sent, and what the agent must do.</summary>
/// <param name="Body">The whole body of the query.</param>
/// <param name="Accept">Texts of which an answer says one.</param>
/// <param name="Never">Texts that no reply to this case says.</param>
/// <param name="Secret">A made-up private value in the question: no other reply and no file may hold it; null without one.</param>
/// <param name="Document">Null where the case needs none.</param>
internal sealed record RobustnessCase(string Id, string Category, string Language, JsonObject Body, RequiredBehaviour Behaviour,
    IReadOnlyList<string> Accept, IReadOnlyList<string> Never, string? Secret, CaseDocument? Document)
{
    private const int MaxRepeat = 100_000;

    /// <summary>The cases of a folder, by file and line.</summary>
    /// <exception cref="ModelFileException">There are none, or a line is malformed; names the line.</exception>
    public static IReadOnlyList<RobustnessCase> Load(string folder)
    {
        var files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.jsonl").Order(StringComparer.Ordinal).ToList() : [];
        if (files.Count == 0) throw new ModelFileException(folder, "a folder with files of edge cases (*.jsonl)", "none");
        return [.. files.SelectMany(f => TextFile.ReadLines(f).Index().Where(l => l.Item.Length > 0)
            .Select(l => Read(f, l.Index + 1, l.Item)))];
    }

    private static RobustnessCase Read(string file, int number, string line)
    {
        try
        {
            var root = JsonNode.Parse(line) as JsonObject ?? throw new FormatException("no object");
            return new RobustnessCase(Text(root, "id"), Path.GetFileNameWithoutExtension(file), Text(root, "language"), BodyOf(root),
                Required(Text(root, "behaviour")), List(root, "accept"), List(root, "never"), root["secret"]?.GetValue<string>(),
                root["document"] is { } document ? new CaseDocument(Text(root, "name"), document.GetValue<string>()) : null);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new ModelFileException(file, $"an edge case in line {number}", e.Message, e);
        }
    }

    private static RequiredBehaviour Required(string word) => word switch
    {
        "reply" => RequiredBehaviour.Reply,
        "answer" => RequiredBehaviour.Answer,
        "decline" => RequiredBehaviour.Decline,
        "answer-or-decline" => RequiredBehaviour.AnswerOrDecline,
        "error" => RequiredBehaviour.Error,
        _ => throw new FormatException($"expected a behaviour (reply, answer, decline, answer-or-decline, error); found {word}"),
    };

    private static JsonObject BodyOf(JsonObject root)
    {
        if (root["body"] is JsonObject body) return (JsonObject)body.DeepClone();
        if (root["messages"] is JsonArray messages) return new JsonObject { ["messages"] = messages.DeepClone() };
        var times = root["repeat"]?.GetValue<int>() ?? 1;
        if (times is < 1 or > MaxRepeat) throw new FormatException($"expected repeat 1..{MaxRepeat}; found {times}");
        var question = string.Concat(Enumerable.Repeat(Text(root, "question"), times));
        return new JsonObject { ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = question }) };
    }

    private static string Text(JsonObject root, string name) =>
        root[name]?.GetValue<string>() ?? throw new FormatException($"expected {name}; found none");

    private static IReadOnlyList<string> List(JsonObject root, string name) =>
        root[name] is JsonArray all ? [.. all.Select(t => t!.GetValue<string>())] : [];
}
