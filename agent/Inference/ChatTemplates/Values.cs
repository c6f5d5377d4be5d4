using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace EdgeAgent.Inference.ChatTemplates;

/// <summary>A name that has no value. Using it fails, testing it does not.</summary>
internal sealed record Undefined(string Name);

internal delegate object? Callable(IReadOnlyList<object?> arguments, IReadOnlyDictionary<string, object?> named);

/// <summary>
/// Jinja's notions of truth, text, equality and order over null, bool, long, double, string, List, Dictionary and <see cref="Callable"/>.
/// </summary>
internal static class Values
{
    /// <summary>Maximum characters of a text, items of a list and nesting of values that a template may make.</summary>
    public const int MaxText = 8 << 20, MaxItems = 1_000_000, MaxDepth = 64;

    public static string Join(string left, string right, int line) =>
        (long)left.Length + right.Length <= MaxText ? left + right : throw TooLong(line);

    public static string Replace(string text, string old, string by, int line)
    {
        if (by.Length > old.Length && (long)text.Length / Math.Max(old.Length, 1) * by.Length > MaxText) throw TooLong(line);
        return text.Replace(old, by, StringComparison.Ordinal);
    }

    public static TemplateException TooLong(int line) => new(line, $"a text longer than {MaxText} characters");

    public static bool Truth(object? value) => value switch
    {
        null or Undefined => false,
        bool b => b,
        long n => n != 0,
        double d => d != 0,
        string s => s.Length > 0,
        ICollection c => c.Count > 0,
        _ => true,
    };

    public static string Text(object? value, int line) => value switch
    {
        null => "None",
        string s => s,
        bool b => b ? "True" : "False",
        long n => n.ToString(CultureInfo.InvariantCulture),
        double d =>
            d == Math.Floor(d) && Math.Abs(d) < 1e16
                ? d.ToString("0.0", CultureInfo.InvariantCulture) : d.ToString("R", CultureInfo.InvariantCulture),
        Undefined u => throw new TemplateException(line, $"'{u.Name}' is undefined"),
        List<object?> or Dictionary<string, object?> => Json(value, null, python: true),
        _ => throw new TemplateException(line, $"a {value.GetType().Name} cannot be printed"),
    };

    public static new bool Equals(object? left, object? right) => Equals(left, right, 0);

    private static bool Equals(object? left, object? right, int depth) => (left, right) switch
    {
        (Undefined, _) or (_, Undefined) => left is Undefined && right is Undefined,
        (long a, double b) => a == b,
        (double a, long b) => a == b,
        _ when depth > MaxDepth => throw new TemplateException(0, $"values nested deeper than {MaxDepth}"),
        (List<object?> a, List<object?> b) => a.Count == b.Count && a.Zip(b).All(p => Equals(p.First, p.Second, depth + 1)),
        _ => object.Equals(left, right),
    };

    public static int Compare(object? left, object? right, int line) => (left, right) switch
    {
        (long a, long b) => a.CompareTo(b),
        (string a, string b) => string.CompareOrdinal(a, b),
        (long or double, long or double) => Number(left, line).CompareTo(Number(right, line)),
        _ => throw new TemplateException(line, $"cannot order {Kind(left)} and {Kind(right)}"),
    };

    public static double Number(object? value, int line) => value switch
    {
        long n => n,
        double d => d,
        bool b => b ? 1 : 0,
        _ => throw new TemplateException(line, $"expected a number, found {Kind(value)}"),
    };

    public static string Kind(object? value) => value switch
    {
        null => "none",
        Undefined u => $"undefined '{u.Name}'",
        string => "a string",
        bool => "a boolean",
        long or double => "a number",
        List<object?> => "a list",
        Dictionary<string, object?> => "a mapping",
        _ => "a function",
    };

    /// <summary>The items a loop sees.</summary>
    public static IReadOnlyList<object?> Items(object? value, int line) => value switch
    {
        List<object?> list => list,
        Dictionary<string, object?> d => [.. d.Keys],
        string s => [.. s.EnumerateRunes().Select(r => (object?)r.ToString())],
        _ => throw new TemplateException(line, $"cannot loop over {Kind(value)}"),
    };

    public static object? FromJson(JsonElement e) => e.ValueKind switch
    {
        JsonValueKind.Object => e.EnumerateObject().ToDictionary(p => p.Name, p => FromJson(p.Value), StringComparer.Ordinal),
        JsonValueKind.Array => e.EnumerateArray().Select(FromJson).ToList(),
        JsonValueKind.String => e.GetString(),
        JsonValueKind.Number => e.TryGetInt64(out var n) ? n : e.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    /// <summary>
    /// JSON as Python's json.dumps(ensure_ascii=False) writes it; <paramref name="python"/> writes Python literals instead.
    /// </summary>
    public static string Json(object? value, int? indent, bool python = false)
    {
        var result = new StringBuilder();
        Write(value, 0);
        return result.ToString();

        void Write(object? v, int depth)
        {
            if (depth > MaxDepth) throw new TemplateException(0, $"values nested deeper than {MaxDepth}");
            if (result.Length > MaxText) throw TooLong(0);
            switch (v)
            {
                case null: result.Append(python ? "None" : "null"); break;
                case bool b: result.Append(python ? (b ? "True" : "False") : b ? "true" : "false"); break;
                case string s: WriteString(s); break;
                case List<object?> list: Group('[', ']', list.Count, depth, i => Write(list[i], depth + 1)); break;
                case Dictionary<string, object?> d:
                    var entries = d.ToList();
                    Group('{', '}', entries.Count, depth, i =>
                    {
                        WriteString(entries[i].Key);
                        result.Append(": ");
                        Write(entries[i].Value, depth + 1);
                    });
                    break;
                default: result.Append(Text(v, 0)); break;
            }
        }

        void Group(char open, char close, int count, int depth, Action<int> item)
        {
            result.Append(open);
            for (var i = 0; i < count; i++)
            {
                if (i > 0) result.Append(indent is null ? ", " : ",");
                if (indent is { } n) result.Append('\n').Append(' ', n * (depth + 1));
                item(i);
            }
            if (indent is { } m && count > 0) result.Append('\n').Append(' ', m * depth);
            result.Append(close);
        }

        void WriteString(string s)
        {
            var quote = python ? '\'' : '"';
            result.Append(quote);
            foreach (var c in s)
                result.Append(c switch
                {
                    '\\' => "\\\\",
                    '\n' => "\\n",
                    '\r' => "\\r",
                    '\t' => "\\t",
                    _ when c == quote => "\\" + quote,
                    < ' ' => $"\\u{(int)c:x4}",
                    _ => c.ToString(),
                });
            result.Append(quote);
        }
    }
}
