using System.Globalization;
using EdgeAgent.Inference.Structured;

namespace EdgeAgent.Tests.Inference.Structured;

/// <summary>Which JSON texts a schema lets a student write, and which schemas are refused.</summary>
public sealed class SchemaCompilerTests
{
    private static Grammar Compile(string schema) => Grammar.Compile(new AnswerFormat(FormatKind.JsonSchema, schema));

    [Theory]
    [InlineData("""{"type":"boolean"}""", "true", "True")]
    [InlineData("""{"type":["null","integer"]}""", "-7", "-0")]
    [InlineData("""{"type":"integer"}""", "10", "010")]
    [InlineData("""{"type":"number"}""", "-0.50", "1.")]
    [InlineData("""{"type":"number"}""", "3", "1e")]
    [InlineData("""{"type":"number"}""", "-1.5e-7", "1e500")]
    [InlineData("""{"type":"number"}""", "2E+10", "e5")]
    [InlineData("""{"type":"integer"}""", "12", "1e5")]
    [InlineData("""{"type":"number","minimum":0}""", "12.5", "1e5")]
    [InlineData("""{"type":"string"}""", "\"a\\n主轴\\\"\"", "\"a\n\"")]
    [InlineData("""{"type":"string","minLength":2,"maxLength":2}""", "\"主😀\"", "\"a\"")]
    [InlineData("""{"type":"string","minLength":2,"maxLength":2}""", "\"\\\\a\"", "\"abc\"")]
    [InlineData("""{"minLength":1}""", "\"a\"", "1")]
    [InlineData("""{"type":"string","pattern":"a\"b"}""", "\"xa\\\"b\"", "\"ab\"")]
    [InlineData("""{"type":"string","pattern":"^[a-c]+$","maxLength":3}""", "\"abc\"", "\"abca\"")]
    [InlineData("""{"type":"string","format":"date"}""", "\"2024-02-28\"", "\"2023-02-30\"")]
    [InlineData("""{"type":"string","format":"uuid"}""", "\"0123abcd-0000-4000-8000-0123456789ab\"", "\"0123abcd\"")]
    [InlineData("""{"const":{"a":[1,"x"]}}""", """{"a":[1,"x"]}""", """{"a":[1,"y"]}""")]
    [InlineData("""{"enum":["a","ab",5],"type":"string"}""", "\"ab\"", "5")]
    [InlineData("""{"type":"array","items":{"type":"integer"}}""", "[1, 2,3]", "[1,  2]")]
    [InlineData("""{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":2}""", "[1,2]", "[]")]
    [InlineData("""{"type":"array","items":{"type":"integer"},"maxItems":2}""", "[]", "[1,2,3]")]
    [InlineData("""{"type":"array","prefixItems":[{"type":"integer"},{"type":"string"}]}""", "[1,\"a\"]", "[1,\"a\",2]")]
    [InlineData("""{"type":"array","prefixItems":[{"type":"integer"}],"minItems":1,"items":{"type":"null"}}""", "[1,null,null]", "[]")]
    [InlineData("""{"type":"array"}""", "[1,{\"a\":[]}]", "{}")]
    [InlineData("""{"type":"object"}""", "{\"a\": {\"b\":[1,true,null]}}", "[]")]
    [InlineData("""{"type":"object","properties":{"a":{},"b":{"type":"integer"}}}""", "{\"b\": 1}", "{\"b\":1,\"a\":1}")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"null"}},"required":["a"]}""", "{\"a\":null}", "{}")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"null"}}}""", "{}", "{\"c\":1}")]
    [InlineData("""{"type":"object","properties":{"ab":{"type":"null"}},"additionalProperties":{"type":"integer"}}""",
        """{"ab":null,"a":1,"abc":2}""", """{"a":1,"ab":2}""")]
    [InlineData("""{"additionalProperties":{"type":"integer"},"required":["x"]}""", """{"x":1,"y":2}""", """{"y":2}""")]
    [InlineData("""{"type":"object","properties":{"k\"ey/~":{"const":1}},"required":["k\"ey/~"]}""", """{"k\"ey/~":1}""", "{}")]
    [InlineData("""{"anyOf":[{"type":"string"},{"type":"null"}],"title":"t","default":null}""", "null", "1")]
    [InlineData("""{"oneOf":[{"type":"string"},{"type":"integer"}]}""", "1", "null")]
    [InlineData("""
        {"oneOf":[{"type":"object","properties":{"t":{"const":"a"}},"required":["t"]},
                  {"type":"object","properties":{"t":{"enum":["b","c"]},"x":{"type":"integer"}},"required":["t"]}]}
        """, """{"t":"c","x":1}""", """{"t":"a","x":1}""")]
    [InlineData("""{"allOf":[{"type":"null"}]}""", "null", "1")]
    [InlineData("""{"$ref":"#/$defs/a~1b","$defs":{"a/b":{"type":"null"}}}""", "null", "1")]
    [InlineData("""
        {"type":"object","properties":{"v":{"type":"integer"},"next":{"anyOf":[{"$ref":"#"},{"type":"null"}]}},"required":["v","next"]}
        """, """{"v":1,"next":{"v":2,"next":null}}""", """{"v":1,"next":{"v":2}}""")]
    [InlineData("true", "[\"any\",1]", "")]
    [InlineData("{}", "\"any\"", "{")]
    public void Compile_Schema_TakesTheOneAndNotTheOther(string schema, string fits, string doesNot)
    {
        var grammar = Compile(schema);
        Assert.True(grammar.Accepts(fits), fits);
        Assert.False(grammar.Accepts(doesNot), doesNot);
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string","contentEncoding":"base64"}}}""", "response_format#/properties/a",
        "contentEncoding is not supported")]
    [InlineData("""{"not":{}}""", "response_format#", "not is not supported")]
    [InlineData("""{"type":"object","patternProperties":{}}""", "response_format#", "patternProperties")]
    [InlineData("""{"type":"array","uniqueItems":true}""", "response_format#", "uniqueItems")]
    [InlineData("""{"type":"number","multipleOf":2}""", "response_format#", "multipleOf")]
    [InlineData("""{"type":"strin"}""", "response_format#/type", "type must be one or more of")]
    [InlineData("""{"type":"string","format":"klingon"}""", "response_format#/format", "date, date-time")]
    [InlineData("""{"type":"string","pattern":"(?=a)"}""", "response_format#/pattern", "look-around")]
    [InlineData("""{"type":"string","minLength":-1}""", "response_format#/minLength", "0 or more")]
    [InlineData("""{"type":"integer","minimum":"1"}""", "response_format#/minimum", "expected a number")]
    [InlineData("""{"type":"object","properties":[]}""", "response_format#/properties", "expected an object")]
    [InlineData("""{"type":"object","properties":{"a":{}},"required":["b"]}""", "response_format#/required", "'b'")]
    [InlineData("""{"type":"object","properties":{"x/y":{"items":3}}}""", "response_format#/properties/x~1y/items", "a schema must be")]
    [InlineData("""{"enum":[]}""", "response_format#/enum", "one or more entries")]
    [InlineData("""{"$ref":"#/$defs/no"}""", "response_format#/$ref", "the schema has no #/$defs/no")]
    [InlineData("""{"$ref":"http://example.org/s"}""", "response_format#/$ref", "within the schema")]
    [InlineData("""{"$ref":"#/$defs/a","minLength":3,"$defs":{"a":{}}}""", "response_format#", "$ref and minLength together")]
    [InlineData("""{"oneOf":[{"type":"integer"},{"type":"number"}]}""", "response_format#/oneOf", "schemas 0 and 1")]
    [InlineData("""{"oneOf":[{"minLength":1},{"type":"integer"}]}""", "response_format#/oneOf", "schemas 0 and 1")]
    [InlineData("""{"allOf":[{},{}]}""", "response_format#/allOf", "more than one")]
    [InlineData("""{"$ref":"#"}""", "response_format#", "no value fits")]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]}""", "response_format#", "no value fits")]
    [InlineData("""{"type":"string","minLength":3,"maxLength":2}""", "response_format#", "no value fits")]
    [InlineData("""{"type":"string","pattern":"^(ab)+$","minLength":3,"maxLength":3}""", "response_format#", "no value fits")]
    [InlineData("""{"type":"integer","minimum":3,"exclusiveMaximum":4,"exclusiveMinimum":3}""", "response_format#", "no value fits")]
    [InlineData("""{"type":"string","pattern":"a.*b.*c.*d","minLength":2000,"maxLength":3000}""", "response_format#", "too large")]
    [InlineData("false", "response_format#", "no value fits")]
    public void Compile_SchemaThatCannotBeHeld_IsRefusedWithItsPlace(string schema, string place, string said)
    {
        var message = Assert.Throws<GrammarException>(() => Compile(schema)).Message;
        Assert.StartsWith(place + ": ", message, StringComparison.Ordinal);
        Assert.Contains(said, message, StringComparison.Ordinal);
    }

    /// <summary>Bounds are exact, whatever their digits; compared with decimal arithmetic.</summary>
    [Fact]
    public void Compile_NumberBounds_HoldExactlyTheNumbersBetween()
    {
        var random = new Random(41);
        string Decimal()
        {
            var whole = random.Next(3) == 0 ? random.Next(-3, 4) : random.Next(-1200, 1200);
            return random.Next(2) == 0 ? $"{whole}" : $"{(whole == 0 && random.Next(2) == 0 ? "-0" : whole)}.{random.Next(1000)}";
        }
        for (var i = 0; i < 120; i++)
        {
            var (low, high, isInteger) = (Decimal(), Decimal(), random.Next(2) == 0);
            var (hasMin, hasMax) = (random.Next(4) > 0, random.Next(4) > 0);
            var (min, max) = (random.Next(2) == 0 ? "minimum" : "exclusiveMinimum", random.Next(2) == 0 ? "maximum" : "exclusiveMaximum");
            var schema = $$"""{"type":"{{(isInteger ? "integer" : "number")}}" {{(hasMin ? $",\"{min}\":{low}" : "")}} {{(hasMax
                ? $",\"{max}\":{high}" : "")}}}""";
            Grammar? grammar = null;
            try
            {
                grammar = Compile(schema);
            }
            catch (GrammarException e)
            {
                Assert.Contains("no value fits", e.Message, StringComparison.Ordinal);
            }
            for (var n = 0; n < 60; n++)
            {
                var text = n switch { 0 => low, 1 => high, _ => isInteger ? $"{random.Next(-1300, 1300)}" : Decimal() };
                if (text.StartsWith('-') && text.Trim('-', '0', '.').Length == 0) continue; // minus zero
                if (isInteger && text.Contains('.', StringComparison.Ordinal)) continue;
                var value = decimal.Parse(text, CultureInfo.InvariantCulture);
                var (from, to) = (decimal.Parse(low, CultureInfo.InvariantCulture), decimal.Parse(high, CultureInfo.InvariantCulture));
                var inside = (!hasMin || (min == "minimum" ? value >= from : value > from))
                    && (!hasMax || (max == "maximum" ? value <= to : value < to));
                Assert.True(inside == (grammar?.Accepts(text) ?? false), $"{text} against {schema}");
            }
        }
    }

    /// <summary>An answer cannot go on with white space, and nests no deeper than a reader can follow.</summary>
    [Fact]
    public void Compile_JsonObject_BoundsWhiteSpaceAndDepth()
    {
        var grammar = Grammar.Compile(new AnswerFormat(FormatKind.JsonObject, ""));
        Assert.True(grammar.Accepts("""{"a": [1, 2],"b":{}}"""));
        Assert.False(grammar.Accepts("""{ "a":1}"""));
        Assert.False(grammar.Accepts("{\"a\":\n1}"));
        Assert.False(grammar.Accepts(" {}"));
        Assert.False(grammar.Accepts("[]"));
        static string Nested(int levels) => string.Concat(Enumerable.Repeat("{\"a\":", levels)) + "1" + new string('}', levels);
        Assert.True(grammar.Accepts(Nested(16)));
        Assert.False(grammar.Accepts(Nested(17)));
    }

    [Fact]
    public void Compile_Choice_TakesTheTextsAlone()
    {
        var grammar = Grammar.Compile(new AnswerFormat(FormatKind.Choice, """["stop","stop now","主轴"]"""));
        Assert.True(grammar.Accepts("stop") && grammar.Accepts("stop now") && grammar.Accepts("主轴"));
        Assert.False(grammar.Accepts("stop ") || grammar.Accepts("") || grammar.Accepts("主"));
    }

    [Fact]
    public void Compile_ToolCall_TakesACallOfOneOfTheTools()
    {
        var grammar = Grammar.Compile(new AnswerFormat(FormatKind.ToolCall, """
            [{"name":"read","parameters":{"type":"object","properties":{"tag":{"type":"string"}},"required":["tag"]}},{"name":"list"}]
            """));
        Assert.True(grammar.Accepts("<tool_call>\n{\"name\": \"read\", \"arguments\": {\"tag\": \"T1\"}}\n</tool_call>"));
        Assert.True(grammar.Accepts("<tool_call>\n{\"name\":\"list\",\"arguments\":{}}\n</tool_call>"));
        Assert.False(grammar.Accepts("<tool_call>\n{\"name\": \"read\", \"arguments\": {}}\n</tool_call>"));
        Assert.False(grammar.Accepts("<tool_call>\n{\"name\": \"erase\", \"arguments\": {}}\n</tool_call>"));
    }
}
