using System.Text.Json;

namespace EdgeAgent.Inference.Structured.Schemas;

/// <summary>The keywords of JSON Schema (2020-12) that are known, and which of them may stand together. Pure.</summary>
internal static class SchemaKeywords
{
    /// <summary>Say nothing about a value.</summary>
    private static readonly HashSet<string> Annotations = new(StringComparer.Ordinal)
    {
        "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$schema", "$id", "$comment", "$defs",
        "definitions",
    };

    /// <summary>Each describes a value by itself, so that it stands alone.</summary>
    private static readonly HashSet<string> Alone = new(StringComparer.Ordinal) { "$ref", "const", "enum", "anyOf", "oneOf", "allOf" };

    private static readonly Dictionary<string, string> TypeOfKeyword = new(StringComparer.Ordinal)
    {
        ["properties"] = "object",
        ["required"] = "object",
        ["additionalProperties"] = "object",
        ["items"] = "array",
        ["prefixItems"] = "array",
        ["minItems"] = "array",
        ["maxItems"] = "array",
        ["minLength"] = "string",
        ["maxLength"] = "string",
        ["pattern"] = "string",
        ["format"] = "string",
        ["minimum"] = "number",
        ["maximum"] = "number",
        ["exclusiveMinimum"] = "number",
        ["exclusiveMaximum"] = "number",
    };

    private static readonly string[] TypeNames = ["object", "array", "string", "number", "integer", "boolean", "null"];

    /// <summary>What is wrong with the keywords of a schema; null where they can be held.</summary>
    public static string? Problem(JsonElement schema)
    {
        string? alone = null, other = null;
        foreach (var name in schema.EnumerateObject().Select(p => p.Name))
        {
            if (Annotations.Contains(name)) continue;
            if (Alone.Contains(name))
            {
                if (alone is not null) return $"{alone} and {name} together are not supported";
                alone = name;
            }
            else if (name == "type" || TypeOfKeyword.ContainsKey(name)) other = other is null or "type" ? name : other;
            else return $"the keyword {(name.Length <= 64 ? name : name[..64])} is not supported";
        }
        if (alone is null || other is null || other == "type" && alone is "const" or "enum" && other == "type") return null;
        return $"{alone} and {other} together are not supported";
    }

    /// <summary>
    /// The types a value may have: those that <c>type</c> names, else those that other keywords speak of; null where nothing does.
    /// </summary>
    /// <exception cref="FormatException">A type is none.</exception>
    public static IReadOnlyList<string>? Types(JsonElement schema)
    {
        if (!schema.TryGetProperty("type", out var type))
        {
            var told = schema.EnumerateObject().Where(p => TypeOfKeyword.ContainsKey(p.Name)).Select(p => TypeOfKeyword[p.Name]);
            return told.Distinct().ToList() is { Count: > 0 } types ? types : null;
        }
        List<JsonElement> named = type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray()] : [type];
        if (named.Count == 0 || named.Exists(t => t.ValueKind != JsonValueKind.String || !TypeNames.Contains(t.GetString())))
            throw new FormatException($"type must be one or more of {string.Join(", ", TypeNames)}");
        return [.. named.Select(t => t.GetString()!).Distinct()];
    }

    /// <summary>Whether a value has a type.</summary>
    public static bool HasType(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) && number == decimal.Truncate(number),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        _ => value.ValueKind == JsonValueKind.Null,
    };
}
