using System.Text;
using System.Text.Json;
using EdgeAgent.Platform;
using static EdgeAgent.Queries.Fields;

namespace EdgeAgent.Queries;

/// <summary>Reads a query's messages. Calls of tools in an assistant's message become the text that a student writes for them.</summary>
internal static class MessageFields
{
    private static readonly string[] Roles = ["system", "user", "assistant", "tool"];

    public static List<QueryMessage> Read(JsonElement root, QueryOptions options)
    {
        if (!root.TryGetProperty("messages", out var messages) || messages.ValueKind != JsonValueKind.Array)
            throw new FieldException("messages must be an array");
        var count = messages.GetArrayLength();
        if (count == 0 || count > options.MaxMessages)
            throw new FieldException($"messages must have 1..{options.MaxMessages} entries, found {count}");
        var turns = new List<QueryMessage>(count);
        foreach (var message in messages.EnumerateArray())
        {
            var place = $"messages[{turns.Count}]";
            if (message.ValueKind != JsonValueKind.Object) throw new FieldException($"{place} must be an object");
            if (Text(message, "role") is not { } role || !Roles.Contains(role))
                throw new FieldException($"{place}.role must be system, user, assistant or tool");
            turns.Add(new QueryMessage(role, Content(message, role, place)));
        }
        if (turns[^1].Role is not ("user" or "tool")) throw new FieldException("the last message must have the role user or tool");
        if (turns[^1].Role == "user" && string.IsNullOrWhiteSpace(turns[^1].Content)) throw new FieldException("the question is empty");
        return turns;
    }

    private static string Content(JsonElement message, string role, string place)
    {
        var calls = role == "assistant" && Has(message, "tool_calls", out var list) ? ToolCallText.Write(list, $"{place}.tool_calls") : "";
        if (calls.Length > 0 && !Has(message, "content", out _)) return calls;
        if (!message.TryGetProperty("content", out var content)) throw new FieldException($"{place}.content is missing");
        if (content.ValueKind == JsonValueKind.String) return Clean(content.GetString()!, place) + calls;
        if (content.ValueKind != JsonValueKind.Array)
            throw new FieldException($"{place}.content must be a string or an array of text parts");
        var text = new StringBuilder();
        foreach (var part in content.EnumerateArray())
        {
            if (part.ValueKind != JsonValueKind.Object || Text(part, "type") != "text")
                throw new FieldException($"{place}.content may hold parts of type text only");
            text.Append(Text(part, "text"));
        }
        return Clean(text.ToString(), place) + calls;
    }

    private static string Clean(string text, string place) => TextFile.Problem(text) is { } problem
        ? throw new FieldException($"{place}.content must be {problem}") : text;
}
