using System.Text.Json;

namespace EdgeAgent.Queries;

/// <summary>
/// Reads the optional fields of a query. Null counts as missing; a wrong type or range is an error with the field's name.
/// </summary>
internal static class Fields
{
    public static bool Has(JsonElement root, string name, out JsonElement value) =>
        root.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>Null where it is missing.</summary>
    public static string? Text(JsonElement root, string name)
    {
        if (!Has(root, name, out var value)) return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw new FieldException($"{name} must be a string");
    }

    public static bool Flag(JsonElement value, string name) =>
        value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean() : throw new FieldException($"{name} must be true or false");

    public static double Number(JsonElement root, string name, double min, double max, double otherwise)
    {
        if (!Has(root, name, out var value)) return otherwise;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= min && number <= max
            ? number : throw new FieldException($"{name} must be a number in {min}..{max}");
    }

    public static long Whole(JsonElement root, string name, long min, long max, long otherwise)
    {
        if (!Has(root, name, out var value)) return otherwise;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= min && number <= max
            ? number : throw new FieldException($"{name} must be a whole number in {min}..{max}");
    }
}
