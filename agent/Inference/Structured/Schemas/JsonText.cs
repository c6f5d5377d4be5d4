using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using EdgeAgent.Inference.Structured.Expressions;

namespace EdgeAgent.Inference.Structured.Schemas;

/// <summary>
/// JSON as the student may write it (RFC 8259, narrowed): no white space but one optional space behind a comma and a colon, so that a
/// student cannot go on with white space for ever; characters as they are, with short escapes where JSON needs them; a number's exponent of
/// two digits, which every reader's floating point takes.
/// </summary>
internal sealed class JsonText
{
    /// <summary>Digits of a number before and behind its point.</summary>
    public const int MaxDigits = 18, MaxFraction = 16;

    private const int MaxExponent = 2;

    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly CodePoints MustEscape = CodePoints.Of((0, 0x1F), ('"', '"'), ('\\', '\\')),
        Plain = CodePoints.Everything.Except(MustEscape);

    private readonly ExpressionFactory _factory;
    private readonly Dictionary<int, Expression> _values = [];

    public JsonText(ExpressionFactory factory)
    {
        _factory = factory;
        PlainCharacter = Plain.ToUtf8(factory);
        Character = factory.Any(PlainCharacter, factory.Sequence(Byte("\\"), Byte("\"\\/bfnrt")));
        AnyString = Quoted(factory.Repeat(Character, 0, Expression.Unlimited));
        var space = factory.Optional(Byte(" "));
        (Comma, Colon) = (factory.Sequence(Byte(","), space), factory.Sequence(Byte(":"), space));
        var whole = factory.Any(Byte("0"), factory.Sequence(Byte("123456789"), Digits(0, MaxDigits - 1)));
        Whole = whole;
        Integer = factory.Any(whole, factory.Sequence(Byte("-"), Byte("123456789"), Digits(0, MaxDigits - 1)));
        Fraction = factory.Sequence(Byte("."), Digits(1, MaxFraction));
        var exponent = factory.Sequence(Byte("eE"), factory.Optional(Byte("+-")), Digits(1, MaxExponent));
        Number = factory.Sequence(factory.Optional(Byte("-")), whole, factory.Optional(Fraction), factory.Optional(exponent));
        Boolean = factory.Any(factory.Literal("true"u8), factory.Literal("false"u8));
        Null = factory.Literal("null"u8);
    }

    /// <summary>One character of a string that needs no escape.</summary>
    public Expression PlainCharacter { get; }

    /// <summary>One character of a string.</summary>
    public Expression Character { get; }

    public Expression AnyString { get; }
    public Expression Comma { get; }
    public Expression Colon { get; }

    /// <summary>Digits without a leading zero.</summary>
    public Expression Whole { get; }

    /// <summary>A point and digits.</summary>
    public Expression Fraction { get; }

    public Expression Integer { get; }
    public Expression Number { get; }
    public Expression Boolean { get; }
    public Expression Null { get; }

    public Expression Byte(string ascii) => _factory.Bytes(ByteSet.Of(ascii));

    public Expression Digits(int min, int max) => _factory.Repeat(Byte("0123456789"), min, max);

    public Expression Quoted(Expression body) => _factory.Sequence(Byte("\""), body, Byte("\""));

    /// <summary>One character of a set as a string holds it, each in one spelling.</summary>
    public Expression Spelled(CodePoints set)
    {
        var parts = new List<Expression> { set.Except(MustEscape).ToUtf8(_factory) };
        foreach (var (low, high) in MustEscape.Ranges)
            for (var value = low; value <= high; value++)
                if (set.Contains(value)) parts.Add(_factory.Literal(Encoding.UTF8.GetBytes(Escape(value))));
        return _factory.Any([.. parts]);
    }

    private static string Escape(int value) => value switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\b' => "\\b",
        '\f' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ => $"\\u{value:x4}",
    };

    /// <summary>A given value, in one spelling.</summary>
    public static byte[] Spell(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String) return Spell(value.GetString()!);
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Relaxed)) value.WriteTo(writer);
        return stream.ToArray();
    }

    /// <summary>A string with its quotation marks.</summary>
    public static byte[] Spell(string text)
    {
        var spelled = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes())
            spelled.Append(MustEscape.Contains(rune.Value) ? Escape(rune.Value) : rune.ToString());
        return Encoding.UTF8.GetBytes(spelled.Append('"').ToString());
    }

    /// <summary>One of the texts, as a tree of their common beginnings.</summary>
    public Expression OneOf(IReadOnlyList<byte[]> texts, int from = 0)
    {
        var parts = new List<Expression>();
        foreach (var group in texts.GroupBy(t => t.Length == from ? -1 : t[from]))
        {
            if (group.Key < 0) parts.Add(_factory.Empty);
            else if (group.Skip(1).Any()) parts.Add(_factory.Sequence(_factory.Literal([(byte)group.Key]), OneOf([.. group], from + 1)));
            else parts.Add(_factory.Literal(group.First().AsSpan(from)));
        }
        return _factory.Any([.. parts]);
    }

    /// <summary>Any value whose arrays and objects nest no deeper than so many levels.</summary>
    public Expression Value(int levels)
    {
        if (_values.TryGetValue(levels, out var known)) return known;
        var scalar = _factory.Any(AnyString, Number, Boolean, Null);
        return _values[levels] = levels == 0 ? scalar
            : _factory.Any(scalar, Array(Value(levels - 1), 0, Expression.Unlimited), Object(levels));
    }

    /// <summary>Any object; its values nest no deeper than so many levels less one.</summary>
    public Expression Object(int levels)
    {
        var member = _factory.Sequence(AnyString, Colon, Value(levels - 1));
        return _factory.Sequence(Byte("{"), List(member, 0, Expression.Unlimited), Byte("}"));
    }

    public Expression Array(Expression item, int min, int max) => _factory.Sequence(Byte("["), List(item, min, max), Byte("]"));

    /// <summary>So many parts with commas between them.</summary>
    public Expression List(Expression part, int min, int max)
    {
        if (max == 0) return _factory.Empty;
        var more = _factory.Repeat(_factory.Sequence(Comma, part), Math.Max(0, min - 1),
            max == Expression.Unlimited ? Expression.Unlimited : max - 1);
        var filled = _factory.Sequence(part, more);
        return min == 0 ? _factory.Optional(filled) : filled;
    }
}
