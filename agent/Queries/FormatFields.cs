using System.Text.Json;
using EdgeAgent.Serving;
using Microsoft.Extensions.AI;
using static EdgeAgent.Queries.Fields;

namespace EdgeAgent.Queries;

/// <summary>
/// Reads the fields that give an answer its form: response_format, guided_regex, guided_choice, tools, tool_choice; and logprobs. What a
/// schema or a pattern holds is judged where it is compiled. Pure.
/// </summary>
internal static class FormatFields
{
    private const int MaxTools = 64, MaxName = 64, MaxChoices = 1024, MaxChoiceLength = 4096;
    private static readonly JsonElement AnyObject = JsonDocument.Parse("""{"type":"object"}""").RootElement.Clone();

    public static QueryFormat Read(JsonElement root)
    {
        var format = new QueryFormat
        {
            Json = ResponseFormat(root),
            Regex = Text(root, "guided_regex"),
            Choice = Choice(root),
            TopLogprobs = TopLogprobs(root),
            Tools = Tools(root),
        };
        format = format with { ToolMode = ToolMode(root, format.Tools) };
        string?[] given = [format.Json is null ? null : "response_format", format.Regex is null ? null : "guided_regex",
            format.Choice is null ? null : "guided_choice", format.HasTools ? "tools" : null];
        return given.Count(g => g is not null) <= 1 ? format
            : throw new FieldException($"{string.Join(" and ", given.Where(g => g is not null))} cannot be used together");
    }

    private static ChatResponseFormatJson? ResponseFormat(JsonElement root)
    {
        if (!Has(root, "response_format", out var format)) return null;
        switch (format.ValueKind == JsonValueKind.Object ? Text(format, "type") : null)
        {
            case "text": return null;
            case "json_object": return ChatResponseFormat.Json;
            case "json_schema":
                return Has(format, "json_schema", out var holder) && holder.ValueKind == JsonValueKind.Object
                    && Has(holder, "schema", out var schema) && schema.ValueKind == JsonValueKind.Object
                    ? ChatResponseFormat.ForJsonSchema(schema.Clone())
                    : throw new FieldException("response_format.json_schema.schema must be an object");
            default: throw new FieldException("response_format must be an object whose type is text, json_object or json_schema");
        }
    }

    private static List<string>? Choice(JsonElement root)
    {
        if (!Has(root, "guided_choice", out var choice)) return null;
        List<JsonElement> items = choice.ValueKind == JsonValueKind.Array ? [.. choice.EnumerateArray().Take(MaxChoices + 1)] : [];
        if (items.Count is 0 or > MaxChoices
            || items.Any(i => i.ValueKind != JsonValueKind.String || i.GetString()!.Length is 0 or > MaxChoiceLength))
            throw new FieldException($"guided_choice must hold 1..{MaxChoices} strings of 1..{MaxChoiceLength} characters");
        return [.. items.Select(i => i.GetString()!)];
    }

    private static int? TopLogprobs(JsonElement root)
    {
        var isAsked = Has(root, "logprobs", out var flag) && Flag(flag, "logprobs");
        var top = (int)Whole(root, "top_logprobs", 0, TokenProbability.MaxTop, 0);
        if (top > 0 && !isAsked) throw new FieldException("top_logprobs needs logprobs to be true");
        return isAsked ? top : null;
    }

    private static List<AITool> Tools(JsonElement root)
    {
        if (!Has(root, "tools", out var tools)) return [];
        if (tools.ValueKind != JsonValueKind.Array || tools.GetArrayLength() > MaxTools)
            throw new FieldException($"tools must be an array of at most {MaxTools} tools");
        return [.. tools.EnumerateArray().Select((tool, index) => Tool(tool, $"tools[{index}]"))];
    }

    private static AIFunctionDeclaration Tool(JsonElement tool, string place)
    {
        if (tool.ValueKind != JsonValueKind.Object || Text(tool, "type") != "function" || !Has(tool, "function", out var function)
            || function.ValueKind != JsonValueKind.Object)
            throw new FieldException($"{place} must be an object of type function with a function");
        if (Text(function, "name") is not { Length: > 0 and <= MaxName } name
            || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-')))
            throw new FieldException($"{place}.function.name must have 1..{MaxName} letters, digits, '_' or '-'");
        var parameters = Has(function, "parameters", out var schema) ? schema.Clone() : AnyObject;
        return parameters.ValueKind == JsonValueKind.Object
            ? AIFunctionFactory.CreateDeclaration(name, Text(function, "description"), parameters)
            : throw new FieldException($"{place}.function.parameters must be an object");
    }

    private static ChatToolMode? ToolMode(JsonElement root, IReadOnlyList<AITool> tools)
    {
        if (!Has(root, "tool_choice", out var choice)) return null;
        if (choice.ValueKind == JsonValueKind.Object && Has(choice, "function", out var function)
            && function.ValueKind == JsonValueKind.Object && Text(function, "name") is { } name)
            return tools.Any(t => t.Name == name) ? ChatToolMode.RequireSpecific(name)
                : throw new FieldException("tool_choice names a function that is not among the tools");
        return (choice.ValueKind == JsonValueKind.String ? choice.GetString() : null) switch
        {
            "none" => ChatToolMode.None,
            "auto" => ChatToolMode.Auto,
            "required" when tools.Count > 0 => ChatToolMode.RequireAny,
            "required" => throw new FieldException("tool_choice is required, and there are no tools"),
            _ => throw new FieldException("tool_choice must be none, auto, required or the name of a function"),
        };
    }
}
