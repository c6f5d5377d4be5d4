using System.Text.Json;
using EdgeAgent.Inference.Structured.Expressions;

namespace EdgeAgent.Inference.Structured.Schemas;

/// <summary>
/// Compiles a JSON schema (2020-12, the part that <see cref="SchemaKeywords"/> knows) to the JSON texts that a student may write. Every
/// such text is valid against the schema; not every valid text is among them: properties come in the schema's order, others than those
/// named only where the schema says so, and what refers to itself nests no deeper than <see cref="MaxReferences"/>. A keyword that
/// cannot be held is refused.
/// </summary>
internal sealed partial class SchemaCompiler
{
    /// <summary>References inside one another, and levels of a value of any form.</summary>
    public const int MaxReferences = 16, MaxLevels = 16;

    private readonly JsonElement _root;
    private readonly string _place;
    private readonly ExpressionFactory _factory;
    private readonly JsonText _json;
    private readonly NumberRange _numbers;
    private readonly Dictionary<(string Pointer, int References), Expression> _references = [];

    private SchemaCompiler(JsonElement root, string place, ExpressionFactory factory, JsonText json)
    {
        (_root, _place, _factory, _json) = (root, place, factory, json);
        _numbers = new NumberRange(factory, json);
    }

    /// <param name="place">Name of the request's field, for errors.</param>
    /// <exception cref="GrammarException">The schema is wrong, cannot be held, or no text fits it.</exception>
    public static Expression Compile(JsonElement schema, string place, ExpressionFactory factory, JsonText json)
    {
        var result = new SchemaCompiler(schema, place, factory, json).Schema(schema, "#", 0);
        return result == factory.Nothing
            ? throw new GrammarException($"{place}#", $"no value fits the schema (references nest at most {MaxReferences} deep)") : result;
    }

    private GrammarException Wrong(string at, string problem) => new(_place + at, problem);

    /// <param name="at">JSON pointer of the schema, after <c>#</c>.</param>
    /// <param name="references">References around it.</param>
    private Expression Schema(JsonElement schema, string at, int references)
    {
        if (schema.ValueKind == JsonValueKind.True) return _json.Value(MaxLevels);
        if (schema.ValueKind == JsonValueKind.False) return _factory.Nothing;
        if (schema.ValueKind != JsonValueKind.Object) throw Wrong(at, "a schema must be an object, true or false");
        if (SchemaKeywords.Problem(schema) is { } problem) throw Wrong(at, problem);
        if (_factory.Count > ExpressionFactory.MaxExpressions) throw Wrong(at, "the schema is too large");
        if (schema.TryGetProperty("$ref", out var reference)) return Reference(reference, at, references);
        if (schema.TryGetProperty("const", out var value)) return Values([value], schema, at);
        if (schema.TryGetProperty("enum", out var values)) return Values(List(values, $"{at}/enum"), schema, at);
        foreach (var name in new[] { "anyOf", "oneOf", "allOf" })
            if (schema.TryGetProperty(name, out var parts)) return Combined(name, List(parts, $"{at}/{name}"), $"{at}/{name}", references);
        return Types(schema, at) is { } types ? _factory.Any([.. types.Select(t => Typed(t, schema, at, references))])
            : _json.Value(MaxLevels);
    }

    private Expression Typed(string type, JsonElement schema, string at, int references) => type switch
    {
        "object" => Object(schema, at, references),
        "array" => Array(schema, at, references),
        "string" => String(schema, at),
        "number" or "integer" => Number(schema, at, isInteger: type == "integer"),
        "boolean" => _json.Boolean,
        _ => _json.Null,
    };

    private IReadOnlyList<string>? Types(JsonElement schema, string at)
    {
        try
        {
            return SchemaKeywords.Types(schema);
        }
        catch (FormatException e)
        {
            throw Wrong($"{at}/type", e.Message);
        }
    }

    private List<JsonElement> List(JsonElement list, string at) =>
        list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > 0 ? [.. list.EnumerateArray()]
            : throw Wrong(at, "expected a list of one or more entries");

    /// <summary>Given values, as far as they have the type that stands beside them.</summary>
    private Expression Values(List<JsonElement> values, JsonElement schema, string at)
    {
        if (schema.TryGetProperty("type", out _) && Types(schema, at) is { } types)
            values.RemoveAll(v => !types.Any(t => SchemaKeywords.HasType(v, t)));
        return _json.OneOf([.. values.Select(JsonText.Spell).DistinctBy(Convert.ToHexString)]);
    }

    private Expression Combined(string name, List<JsonElement> parts, string at, int references)
    {
        if (name == "allOf" && parts.Count > 1) throw Wrong(at, "allOf of more than one schema is not supported");
        if (name == "oneOf")
            for (var i = 1; i < parts.Count; i++)
                for (var j = 0; j < i; j++)
                    if (!AreDisjoint(parts[j], parts[i], at))
                        throw Wrong(at, $"schemas {j} and {i} of oneOf may both hold for a value; give them different types or a " +
                            "required property with different values (const), or use anyOf");
        return _factory.Any([.. parts.Select((p, i) => Schema(p, $"{at}/{i}", references))]);
    }

    private Expression Reference(JsonElement reference, string at, int references)
    {
        var target = Target(reference, $"{at}/$ref");
        if (references >= MaxReferences) return _factory.Nothing;
        var key = (reference.GetString()!, references);
        if (_references.TryGetValue(key, out var known)) return known;
        return _references[key] = Schema(target, reference.GetString()!, references + 1);
    }

    /// <summary>The schema that a reference within this document names.</summary>
    private JsonElement Target(JsonElement reference, string at)
    {
        if (reference.ValueKind != JsonValueKind.String || reference.GetString() is not ("#" or ['#', '/', ..]))
            throw Wrong(at, "expected a reference within the schema, such as #/$defs/name");
        var target = _root;
        foreach (var part in reference.GetString()!.Split('/').Skip(1))
        {
            var name = Uri.UnescapeDataString(part).Replace("~1", "/", StringComparison.Ordinal)
                .Replace("~0", "~", StringComparison.Ordinal);
            if (target.ValueKind == JsonValueKind.Object && target.TryGetProperty(name, out var member)) target = member;
            else if (target.ValueKind == JsonValueKind.Array && int.TryParse(name, out var index) && index >= 0
                && index < target.GetArrayLength()) target = target[index];
            else throw Wrong(at, $"the schema has no {reference.GetString()}");
        }
        return target;
    }

    private Expression String(JsonElement schema, string at)
    {
        var (min, max) = Bounds(schema, at, "minLength", "maxLength");
        if (max < min) return _factory.Nothing;
        var parts = new List<Expression>();
        if (Text(schema, "pattern", at) is { } pattern)
            parts.Add(RegexParser.Parse(pattern, isWhole: false, _factory, _json.Spelled, $"{_place}{at}/pattern"));
        if (Text(schema, "format", at) is { } format)
            parts.Add(RegexParser.Parse(StringFormats.Pattern(format) ?? throw Wrong($"{at}/format",
                $"a format must be one of {StringFormats.Names}"), isWhole: true, _factory, _json.Spelled, $"{_place}{at}/format"));
        if (parts.Count == 0) return _json.Quoted(_factory.Repeat(_json.Character, min, max));
        if (min > 0 || max < Expression.Unlimited) parts.Add(_factory.Repeat(_json.Spelled(CodePoints.Everything), min, max));
        return _json.Quoted(Liveness.All(_factory, [.. parts])
            ?? throw Wrong(at, "pattern, format and lengths together are too large; loosen one of them"));
    }

    private Expression Number(JsonElement schema, string at, bool isInteger)
    {
        var min = Tighter(Bound(schema, "minimum", at, false), Bound(schema, "exclusiveMinimum", at, true), isMin: true);
        var max = Tighter(Bound(schema, "maximum", at, false), Bound(schema, "exclusiveMaximum", at, true), isMin: false);
        if (min is null && max is null) return isInteger ? _json.Integer : _json.Number;
        return (isInteger ? _numbers.Integers(min, max) : _numbers.Numbers(min, max))
            ?? throw Wrong(at, $"bounds may have {JsonText.MaxDigits} digits and {JsonText.MaxFraction} behind the point");
    }

    private NumberBound? Bound(JsonElement schema, string name, string at, bool isExclusive)
    {
        if (!schema.TryGetProperty(name, out var bound)) return null;
        return bound.ValueKind == JsonValueKind.Number && bound.TryGetDecimal(out var value)
            ? new NumberBound(value, isExclusive) : throw Wrong($"{at}/{name}", "expected a number of at most 28 digits");
    }

    private static NumberBound? Tighter(NumberBound? inclusive, NumberBound? exclusive, bool isMin)
    {
        if (inclusive is not { } a || exclusive is not { } b) return inclusive ?? exclusive;
        return (isMin ? a.Value > b.Value : a.Value < b.Value) ? a : b;
    }

    private string? Text(JsonElement schema, string name, string at)
    {
        if (!schema.TryGetProperty(name, out var text)) return null;
        return text.ValueKind == JsonValueKind.String ? text.GetString() : throw Wrong($"{at}/{name}", "expected a string");
    }

    private (int Min, int Max) Bounds(JsonElement schema, string at, string min, string max) =>
        (Count(schema, min, at) ?? 0, Count(schema, max, at) ?? Expression.Unlimited);

    private int? Count(JsonElement schema, string name, string at)
    {
        if (!schema.TryGetProperty(name, out var count)) return null;
        return count.ValueKind == JsonValueKind.Number && count.TryGetInt32(out var value) && value >= 0
            ? value : throw Wrong($"{at}/{name}", "expected a whole number of 0 or more");
    }
}
