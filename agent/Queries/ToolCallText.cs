using System.Text;
using System.Text.Json;
using EdgeAgent.Platform;
using static EdgeAgent.Queries.Fields;

namespace EdgeAgent.Queries;

/// <summary>A call of a tool that an answer asks for.</summary>
/// <param name="Arguments">A JSON object, as text.</param>
internal sealed record ToolCall(string Id, string Name, string Arguments);

/// <summary>
/// Calls of tools as text, in the form that Qwen, Hermes and others write: <c>&lt;tool_call&gt;{"name","arguments"}&lt;/tool_call&gt;</c>.
/// Another form stays text.
/// </summary>
internal static class ToolCallText
{
    public const string Open = "<tool_call>", Close = "</tool_call>";
    private const int MaxCalls = 64, MaxDepth = 64;

    /// <summary>An assistant message's <c>tool_calls</c> as the student wrote them.</summary>
    public static string Write(JsonElement calls, string place)
    {
        if (calls.ValueKind != JsonValueKind.Array || calls.GetArrayLength() > MaxCalls)
            throw new FieldException($"{place} must be an array of at most {MaxCalls} calls");
        var text = new StringBuilder();
        foreach (var call in calls.EnumerateArray())
        {
            if (call.ValueKind != JsonValueKind.Object || !Has(call, "function", out var function)
                || function.ValueKind != JsonValueKind.Object || Text(function, "name") is not { Length: > 0 } name
                || Text(function, "arguments") is not { } arguments)
                throw new FieldException($"{place} must hold calls with function.name and function.arguments, both strings");
            if (TextFile.Problem(name + arguments) is { } problem) throw new FieldException($"{place} must be {problem}");
            text.Append(Open).Append("\n{\"name\": \"").Append(JsonEncodedText.Encode(name)).Append("\", \"arguments\": ").Append(arguments)
                .Append("}\n").Append(Close).Append('\n');
        }
        return text.ToString().TrimEnd('\n');
    }

    /// <summary>The text before the calls, and the calls; all of it as text where a call is not whole or not of the form.</summary>
    /// <param name="id">Beginning of the calls' ids.</param>
    public static (string Content, IReadOnlyList<ToolCall> Calls) Read(string text, string id)
    {
        var first = text.IndexOf(Open, StringComparison.Ordinal);
        if (first < 0) return (text, []);
        var calls = new List<ToolCall>();
        for (var rest = text[first..].Trim(); rest.Length > 0;)
        {
            var end = rest.IndexOf(Close, StringComparison.Ordinal);
            if (end < 0 || !rest.StartsWith(Open, StringComparison.Ordinal) || calls.Count == MaxCalls
                || Call(rest[Open.Length..end], $"call_{id}_{calls.Count}") is not { } call) return (text, []);
            calls.Add(call);
            rest = rest[(end + Close.Length)..].TrimStart();
        }
        return (text[..first].TrimEnd(), calls);
    }

    private static ToolCall? Call(string json, string id)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth });
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("name", out var name)
                && name.ValueKind == JsonValueKind.String && root.TryGetProperty("arguments", out var arguments)
                && arguments.ValueKind == JsonValueKind.Object ? new ToolCall(id, name.GetString()!, arguments.GetRawText()) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // not JSON, or a lone surrogate
        {
            return null;
        }
    }
}

/// <summary>Holds back from a streamed answer what is, or could become, the call of a tool.</summary>
internal sealed class ToolCallHold
{
    private readonly StringBuilder _held = new();
    private bool _isCalling;

    /// <summary>The text that can be shown now.</summary>
    public string Add(string piece)
    {
        if (_isCalling) return "";
        var text = _held.Append(piece).ToString();
        _held.Clear();
        var at = text.IndexOf(ToolCallText.Open, StringComparison.Ordinal);
        if (_isCalling = at >= 0) return text[..at];
        var keep = Math.Min(text.Length, ToolCallText.Open.Length - 1);
        while (!ToolCallText.Open.StartsWith(text[^keep..], StringComparison.Ordinal)) keep--;
        _held.Append(text[^keep..]);
        return text[..^keep];
    }

    /// <summary>What was held and is no call.</summary>
    public string Finish() => _isCalling ? "" : _held.ToString();
}
