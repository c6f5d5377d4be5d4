using System.Text.Json;
using EdgeAgent.Inference.Structured.Expressions;

namespace EdgeAgent.Inference.Structured.Schemas;

/// <summary>Arrays, objects, and whether two schemas exclude each other.</summary>
internal sealed partial class SchemaCompiler
{
    private Expression Array(JsonElement schema, string at, int references)
    {
        var (min, max) = Bounds(schema, at, "minItems", "maxItems");
        if (max < min) return _factory.Nothing;
        var first = schema.TryGetProperty("prefixItems", out var prefix)
            ? List(prefix, $"{at}/prefixItems").Select((p, i) => Schema(p, $"{at}/prefixItems/{i}", references)).ToList() : [];
        // behind the first ones others come only where the schema names them, or asks for more
        var other = schema.TryGetProperty("items", out var items) ? Schema(items, $"{at}/items", references)
            : first.Count == 0 || min > first.Count ? _json.Value(MaxLevels) : _factory.Nothing;
        if (first.Count == 0) return _json.Array(other, min, max);
        var rest = max <= first.Count ? _factory.Empty : _factory.Repeat(_factory.Sequence(_json.Comma, other),
            Math.Max(0, min - first.Count), max == Expression.Unlimited ? Expression.Unlimited : max - first.Count);
        for (var i = first.Count - 1; i >= 0; i--)
        {
            rest = i >= max ? _factory.Empty : _factory.Sequence(i > 0 ? _json.Comma : _factory.Empty, first[i], rest);
            if (i >= min) rest = _factory.Optional(rest);
        }
        return _factory.Sequence(_json.Byte("["), rest, _json.Byte("]"));
    }

    /// <summary>A property of an object.</summary>
    private readonly record struct Property(string Name, Expression Value, bool IsRequired);

    private Expression Object(JsonElement schema, string at, int references)
    {
        var hasOthers = schema.TryGetProperty("additionalProperties", out var others) && others.ValueKind != JsonValueKind.False;
        if (!schema.TryGetProperty("properties", out var properties) && !schema.TryGetProperty("required", out _)
            && others.ValueKind is JsonValueKind.Undefined or JsonValueKind.True) return _json.Object(MaxLevels);
        var other = hasOthers ? Schema(others, $"{at}/additionalProperties", references) : _factory.Nothing;
        var named = Properties(schema, properties, at, references, hasOthers ? other : null);
        var member = OtherMember(named, other);
        // what follows when members came already, and when none did
        var (after, start) = (_factory.Repeat(_factory.Sequence(_json.Comma, member), 0, Expression.Unlimited),
            _json.List(member, 0, Expression.Unlimited));
        for (var i = named.Count - 1; i >= 0; i--)
        {
            var (here, isRequired) = (Member(named[i]), named[i].IsRequired);
            start = _factory.Any(_factory.Sequence(here, after), isRequired ? _factory.Nothing : start);
            after = _factory.Any(_factory.Sequence(_json.Comma, here, after), isRequired ? _factory.Nothing : after);
        }
        return _factory.Sequence(_json.Byte("{"), start, _json.Byte("}"));
    }

    private Expression Member(Property property) =>
        _factory.Sequence(_factory.Literal(JsonText.Spell(property.Name)), _json.Colon, property.Value);

    /// <summary>A member whose name is none of the named ones; its name needs no escape.</summary>
    private Expression OtherMember(List<Property> named, Expression value)
    {
        if (value == _factory.Nothing) return _factory.Nothing;
        var names = _json.OneOf([.. named.Select(p => JsonText.Spell(p.Name)[1..^1])]);
        var name = _factory.All(_factory.Repeat(_json.PlainCharacter, 0, Expression.Unlimited), _factory.Not(names));
        return _factory.Sequence(_json.Quoted(name), _json.Colon, value);
    }

    /// <param name="other">What a required property is that no schema names; null where there may be none.</param>
    private List<Property> Properties(JsonElement schema, JsonElement properties, string at, int references, Expression? other)
    {
        if (properties.ValueKind is not (JsonValueKind.Object or JsonValueKind.Undefined))
            throw Wrong($"{at}/properties", "expected an object");
        var required = Required(schema, at);
        var named = new List<Property>();
        if (properties.ValueKind == JsonValueKind.Object)
            foreach (var property in properties.EnumerateObject())
            {
                if (named.Exists(p => p.Name == property.Name)) throw Wrong($"{at}/properties", $"'{property.Name}' is named twice");
                named.Add(new Property(property.Name, Schema(property.Value, $"{at}/properties/{Pointer(property.Name)}", references),
                    required.Remove(property.Name)));
            }
        if (required.Count > 0 && other is null)
            throw Wrong($"{at}/required", $"properties do not name '{required.First()}', and additionalProperties does not allow it");
        return [.. named, .. required.Select(name => new Property(name, other!, IsRequired: true))];
    }

    private HashSet<string> Required(JsonElement schema, string at)
    {
        if (!schema.TryGetProperty("required", out var required)) return [];
        if (required.ValueKind != JsonValueKind.Array || required.EnumerateArray().Any(r => r.ValueKind != JsonValueKind.String))
            throw Wrong($"{at}/required", "expected a list of names");
        return [.. required.EnumerateArray().Select(r => r.GetString()!)];
    }

    private static string Pointer(string name) =>
        name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    /// <summary>Whether it can be seen that no value fits both: by type, by value, or by a required property's value.</summary>
    private bool AreDisjoint(JsonElement one, JsonElement other, string at)
    {
        (one, other) = (Resolved(one, at), Resolved(other, at));
        if (one.ValueKind != JsonValueKind.Object || other.ValueKind != JsonValueKind.Object) return false;
        if (Given(one) is { } values && Given(other) is { } others) return AreDisjoint(values, others);
        if (TypesOf(one, at) is { } types && TypesOf(other, at) is { } otherTypes && !types.Intersect(otherTypes).Any()) return true;
        return TypesOf(one, at) is ["object"] && TypesOf(other, at) is ["object"]
            && Required(one, at).Intersect(Required(other, at)).Any(name => Member(one, name) is { } a && Member(other, name) is { } b
                && Given(a) is { } given && Given(b) is { } otherGiven && AreDisjoint(given, otherGiven));
    }

    private static bool AreDisjoint(List<JsonElement> values, List<JsonElement> others) =>
        !values.Exists(v => others.Exists(o => JsonElement.DeepEquals(v, o)));

    private JsonElement Resolved(JsonElement schema, string at)
    {
        for (var i = 0; i < MaxReferences; i++)
        {
            if (schema.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("$ref", out var reference)) break;
            schema = Target(reference, at);
        }
        return schema;
    }

    /// <summary>The values that a schema lists; null where it lists none.</summary>
    private static List<JsonElement>? Given(JsonElement schema) => schema.ValueKind != JsonValueKind.Object ? null
        : schema.TryGetProperty("const", out var value) ? [value]
        : schema.TryGetProperty("enum", out var values) && values.ValueKind == JsonValueKind.Array ? [.. values.EnumerateArray()] : null;

    /// <summary>Types of a schema's values, number for integer; null where they are not told.</summary>
    private List<string>? TypesOf(JsonElement schema, string at)
    {
        if (Given(schema) is { } values)
            return [.. values.Select(v => v.ValueKind switch
            {
                JsonValueKind.Object => "object",
                JsonValueKind.Array => "array",
                JsonValueKind.String => "string",
                JsonValueKind.Number => "number",
                JsonValueKind.Null => "null",
                _ => "boolean",
            }).Distinct()];
        // only what the schema says itself counts: a keyword without a type lets values of other types pass
        return schema.TryGetProperty("type", out _)
            ? Types(schema, at)?.Select(t => t == "integer" ? "number" : t).Distinct().ToList() : null;
    }

    private static JsonElement? Member(JsonElement schema, string name) =>
        schema.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object
            && properties.TryGetProperty(name, out var member) ? member : null;
}
