using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Inference.Structured;
using Microsoft.Extensions.AI;

namespace EdgeAgent.Serving;

/// <summary>The form and the tools that a request asks for. Pure.</summary>
internal static class RequestedFormat
{
    /// <summary>Null where an answer may have any form.</summary>
    /// <exception cref="ArgumentException">Two forms, or a form and something that would cut it.</exception>
    public static AnswerFormat? Of(ChatOptions? options)
    {
        if (options is null) return null;
        List<AnswerFormat> formats = [.. All(options)];
        if (formats.Count > 1)
            throw new ArgumentException("only one of response_format, guided_regex, guided_choice and a required tool can be held");
        if (formats.Count == 1 && options.StopSequences is { Count: > 0 })
            throw new ArgumentException("stop cannot be used with a format: an answer that ends at a stop string would not have it");
        return formats.Count == 1 ? formats[0] : null;
    }

    private static IEnumerable<AnswerFormat> All(ChatOptions options)
    {
        if (options.ResponseFormat is ChatResponseFormatJson json)
            yield return json.Schema is { } schema ? new AnswerFormat(FormatKind.JsonSchema, schema.GetRawText())
                : new AnswerFormat(FormatKind.JsonObject, "");
        if (options.AdditionalProperties?.GetValueOrDefault(StudentContract.GuidedRegex) is string pattern)
            yield return new AnswerFormat(FormatKind.Regex, pattern);
        if (options.AdditionalProperties?.GetValueOrDefault(StudentContract.GuidedChoice) is IReadOnlyList<string> choices)
            yield return new AnswerFormat(FormatKind.Choice,
                new JsonArray([.. choices.Select(c => JsonValue.Create(c))]).ToJsonString());
        if (options.ToolMode is RequiredChatToolMode required)
            yield return new AnswerFormat(FormatKind.ToolCall, ToolList(options, required.RequiredFunctionName));
    }

    /// <param name="only">Name of the one tool to call; null for any.</param>
    private static string ToolList(ChatOptions options, string? only)
    {
        var tools = Functions(options).Where(f => only is null || f.Name == only).Select(f => new JsonObject
        {
            ["name"] = f.Name,
            ["parameters"] = JsonNode.Parse(f.JsonSchema.GetRawText()),
        }).ToArray<JsonNode>();
        return tools.Length > 0 ? new JsonArray(tools).ToJsonString()
            : throw new ArgumentException($"a call of the tool {only ?? "(any)"} is required, and there is none of that name");
    }

    private static IEnumerable<AIFunctionDeclaration> Functions(ChatOptions options) =>
        options.Tools?.OfType<AIFunctionDeclaration>() ?? [];

    /// <summary>The tools as chat templates take them; null where there are none, or none may be called.</summary>
    public static JsonElement? Tools(ChatOptions? options)
    {
        if (options?.Tools is not { Count: > 0 } || options.ToolMode is NoneChatToolMode) return null;
        var list = new JsonArray([.. Functions(options).Select(f => new JsonObject
        {
            ["type"] = "function",
            ["function"] = new JsonObject
            {
                ["name"] = f.Name,
                ["description"] = f.Description,
                ["parameters"] = JsonNode.Parse(f.JsonSchema.GetRawText()),
            },
        })]);
        using var document = JsonDocument.Parse(list.ToJsonString());
        return document.RootElement.Clone();
    }
}
