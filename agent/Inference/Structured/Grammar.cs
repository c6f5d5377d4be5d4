using System.Text;
using System.Text.Json;
using EdgeAgent.Inference.Structured.Expressions;
using EdgeAgent.Inference.Structured.Schemas;

namespace EdgeAgent.Inference.Structured;

/// <summary>
/// The texts of a format, compiled. Knows bytes, not tokens. Used by one automaton; not safe for concurrent use.
/// </summary>
internal sealed class Grammar
{
    /// <summary>Texts of a choice, characters of each, and levels of a schema's own JSON.</summary>
    public const int MaxChoices = 1024, MaxChoiceLength = 4096, MaxSchemaDepth = 64;

    private Grammar(ExpressionFactory factory, Expression root) => (Factory, Root) = (factory, root);

    public ExpressionFactory Factory { get; }

    /// <summary>What an answer may be.</summary>
    public Expression Root { get; }

    /// <exception cref="GrammarException">The format is wrong or cannot be held; the message names the place.</exception>
    public static Grammar Compile(AnswerFormat format)
    {
        var factory = new ExpressionFactory();
        var json = new JsonText(factory);
        try
        {
            return new Grammar(factory, format.Kind switch
            {
                FormatKind.JsonObject => json.Object(SchemaCompiler.MaxLevels),
                FormatKind.JsonSchema => Schema(format.Text, factory, json),
                FormatKind.Regex => Regex(format.Text, factory),
                FormatKind.Choice => Choice(format.Text, json),
                _ => ToolCall(format.Text, factory, json),
            });
        }
        catch (TooComplexException e)
        {
            throw new GrammarException(format.Kind.ToString(), e.Message);
        }
    }

    private static Expression Schema(string text, ExpressionFactory factory, JsonText json)
    {
        const string place = "response_format";
        using var document = Parse(text, place);
        return SchemaCompiler.Compile(document.RootElement, place, factory, json);
    }

    private static JsonDocument Parse(string text, string place)
    {
        try
        {
            return JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = MaxSchemaDepth });
        }
        catch (JsonException e)
        {
            throw new GrammarException(place, $"the schema is not JSON of at most {MaxSchemaDepth} levels (line {e.LineNumber + 1}, " +
                $"byte {e.BytePositionInLine})");
        }
    }

    private static Expression Regex(string pattern, ExpressionFactory factory)
    {
        const string place = "guided_regex";
        var root = RegexParser.Parse(pattern, isWhole: true, factory, set => set.ToUtf8(factory), place);
        return root == factory.Nothing || root == factory.Empty
            ? throw new GrammarException(place, "no text but the empty one fits the pattern") : root;
    }

    private static Expression Choice(string list, JsonText json)
    {
        using var document = Parse(list, "guided_choice");
        return json.OneOf([.. document.RootElement.EnumerateArray().Select(c => c.GetString()!).Distinct(StringComparer.Ordinal)
            .Select(Encoding.UTF8.GetBytes)]);
    }

    private static Expression ToolCall(string list, ExpressionFactory factory, JsonText json)
    {
        using var document = Parse(list, "tools");
        var calls = new List<Expression>();
        foreach (var (index, tool) in document.RootElement.EnumerateArray().Index())
        {
            var arguments = tool.TryGetProperty("parameters", out var parameters)
                ? SchemaCompiler.Compile(parameters, $"tools[{index}].function.parameters", factory, json)
                : json.Object(SchemaCompiler.MaxLevels);
            calls.Add(factory.Sequence(factory.Literal("{\"name\""u8), json.Colon,
                factory.Literal(JsonText.Spell(tool.GetProperty("name").GetString()!)), json.Comma,
                factory.Literal("\"arguments\""u8), json.Colon, arguments, factory.Literal("}"u8)));
        }
        return factory.Sequence(factory.Literal("<tool_call>\n"u8), factory.Any([.. calls]), factory.Literal("\n</tool_call>"u8));
    }

    /// <summary>Whether the whole text fits.</summary>
    public bool Accepts(string text)
    {
        var rest = Root;
        foreach (var value in Encoding.UTF8.GetBytes(text))
            if ((rest = Factory.Derive(rest, value)) == Factory.Nothing) return false;
        return rest.IsNullable;
    }
}
