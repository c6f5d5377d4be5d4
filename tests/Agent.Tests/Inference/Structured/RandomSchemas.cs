using System.Globalization;
using System.Text.Json.Nodes;

namespace EdgeAgent.Tests.Inference.Structured;

/// <summary>Random JSON schemas of the part that is supported.</summary>
internal sealed class RandomSchemas(Random random)
{
    private static readonly string[] Names = ["id", "name", "名称", "a\"b", "x/y", "state", "nested value", "é"];
    private static readonly string[] Patterns = ["^[A-Z]{2,4}-[0-9]+$", "alarm", "^(yes|no)$", @"^\S+ \S+$", "[\"\\\\]", "^[^a-z]*$"];
    private static readonly string[] Formats = ["date", "time", "date-time", "uuid", "ipv4", "hostname", "email", "uri"];

    private string[] _definitions = [];

    public JsonObject Next()
    {
        _definitions = random.Next(2) == 0 ? ["node"] : [];
        var root = Schema(3);
        if (_definitions.Length > 0)
        {
            // a tree: refers to itself only where it may end
            root["$defs"] = new JsonObject
            {
                ["node"] = new JsonObject
                {
                    ["type"] = "object",
                    ["properties"] = new JsonObject
                    {
                        ["v"] = Schema(1),
                        ["next"] = new JsonObject { ["anyOf"] = new JsonArray(new JsonObject { ["$ref"] = "#/$defs/node" }, Type("null")) },
                        ["all"] = new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["$ref"] = "#/$defs/node" } },
                    },
                    ["required"] = new JsonArray("v"),
                    ["additionalProperties"] = false,
                },
            };
        }
        return root;
    }

    private static JsonObject Type(string type) => new() { ["type"] = type };

    private JsonObject Schema(int depth) => random.Next(depth > 0 ? 14 : 8) switch
    {
        0 => Type(random.Next(2) == 0 ? "boolean" : "null"),
        1 => Number("integer"),
        2 => Number("number"),
        3 or 4 => Text(),
        5 => new JsonObject { ["enum"] = new JsonArray("on", "off", 3, null, true, new JsonObject { ["k"] = new JsonArray(1, "b") }) },
        6 => new JsonObject { ["const"] = random.Next(2) == 0 ? "x \"y\" \\ é" : 1.5 },
        7 when _definitions.Length > 0 => new JsonObject { ["$ref"] = "#/$defs/node" },
        7 => new JsonObject { ["type"] = new JsonArray("string", "integer", "null"), ["maxLength"] = 4, ["minimum"] = 3 },
        8 or 9 => Array(depth),
        10 => new JsonObject { ["anyOf"] = new JsonArray(Schema(depth - 1), Schema(depth - 1)) },
        11 => new JsonObject { ["oneOf"] = new JsonArray(Number("integer"), Text(), Type("null")) },
        _ => Object(depth),
    };

    private JsonObject Number(string type)
    {
        var schema = Type(type);
        var (low, high) = (Value(), Value());
        if (low > high) (low, high) = (high, low);
        if (random.Next(2) == 0) schema[random.Next(2) == 0 ? "minimum" : "exclusiveMinimum"] = low;
        if (random.Next(2) == 0) schema[random.Next(2) == 0 ? "maximum" : "exclusiveMaximum"] = high + 2;
        return schema;

        decimal Value() => decimal.Parse($"{random.Next(-2000, 2000)}.{random.Next(100)}", CultureInfo.InvariantCulture);
    }

    private JsonObject Text()
    {
        var schema = Type("string");
        switch (random.Next(5))
        {
            case 0: schema["pattern"] = Patterns[random.Next(Patterns.Length)]; break;
            case 1: schema["format"] = Formats[random.Next(Formats.Length)]; break;
            case 2:
                schema["pattern"] = Patterns[random.Next(Patterns.Length)];
                (schema["minLength"], schema["maxLength"]) = (3, 9);
                break;
        }
        if (schema.Count > 1) return schema;
        var min = random.Next(4);
        if (random.Next(2) == 0) schema["minLength"] = min;
        if (random.Next(2) == 0) schema["maxLength"] = min + random.Next(12);
        return schema;
    }

    private JsonObject Array(int depth)
    {
        var schema = Type("array");
        var min = random.Next(3);
        if (random.Next(2) == 0) schema["minItems"] = min;
        schema["maxItems"] = min + random.Next(3);
        if (random.Next(3) == 0) schema["prefixItems"] = new JsonArray(Schema(depth - 1), Schema(depth - 1));
        if (random.Next(3) > 0) schema["items"] = Schema(depth - 1);
        return schema;
    }

    private JsonObject Object(int depth)
    {
        var properties = new JsonObject();
        foreach (var name in Names.Where(_ => random.Next(3) == 0)) properties[name] = Schema(depth - 1);
        var schema = Type("object");
        schema["properties"] = properties;
        var required = properties.Select(p => p.Key).Where(_ => random.Next(2) == 0);
        schema["required"] = new JsonArray([.. required.Select(n => JsonValue.Create(n))]);
        if (random.Next(2) == 0) schema["additionalProperties"] = random.Next(2) == 0 ? false : Schema(0);
        return schema;
    }
}
