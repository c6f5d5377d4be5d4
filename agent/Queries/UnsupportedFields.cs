using System.Text.Json;

namespace EdgeAgent.Queries;

/// <summary>Fields of the chat-completions API that the device knows and does not do. Pure.</summary>
internal static class UnsupportedFields
{
    /// <summary>The refusal of the first field that asks for something unsupported; null where none does.</summary>
    public static string? Find(JsonElement root)
    {
        if (Value(root, "n") is { } n && !IsNumber(n, 1)) return "n must be 1: this device gives one answer";
        if (Value(root, "response_format") is { } format && TypeOf(format) != "text")
            return "response_format must be of type text: this device has no structured output";
        if (Value(root, "logprobs") is { ValueKind: not JsonValueKind.False }) return "logprobs must be false: this device returns none";
        if (Value(root, "top_logprobs") is { } top && !IsNumber(top, 0)) return "top_logprobs must be 0: this device returns none";
        return Value(root, "tool_choice") is { } choice && !IsNoTool(choice)
            ? "tool_choice must be none or auto: this device calls no tools" : null;
    }

    private static bool IsNumber(JsonElement value, int expected) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number == expected;

    private static bool IsNoTool(JsonElement choice) => choice.ValueKind == JsonValueKind.String && choice.GetString() is "none" or "auto";

    private static string? TypeOf(JsonElement format) =>
        format.ValueKind == JsonValueKind.Object && Value(format, "type") is { ValueKind: JsonValueKind.String } type
            ? type.GetString() : null;

    private static JsonElement? Value(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
