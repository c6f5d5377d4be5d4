using System.Collections;
using System.Text;
using System.Text.Json;

namespace EdgeAgent.Inference.ChatTemplates;

/// <summary>A name that has no value: empty when printed, looped over or tested; any other use fails.</summary>
internal sealed record Undefined(string Name);

internal delegate object? Callable(IReadOnlyList<object?> arguments, IReadOnlyDictionary<string, object?> named);

/// <summary>
/// Python's notions of truth, equality, order and iteration over null, bool, long, double, string, List, <see cref="Mapping"/> and
/// <see cref="Callable"/>.
/// </summary>
internal static class Values
{
    /// <summary>Maximum characters of a text, items of a list and nesting of values that a template may make.</summary>
    public const int MaxText = 8 << 20, MaxItems = 1_000_000, MaxDepth = 64;

    public static string Join(string left, string right, int line) =>
        (long)left.Length + right.Length <= MaxText ? left + right : throw TooLong(line);

    public static TemplateException TooLong(int line) => new(line, $"a text longer than {MaxText} characters");

    public static bool Truth(object? value) => value switch
    {
        null or Undefined => false,
        bool b => b,
        long n => n != 0,
        double d => d != 0,
        string s => s.Length > 0,
        TemplateNamespace => true,
        ICollection c => c.Count > 0,
        _ => true,
    };

    /// <summary>Text as printing gives it.</summary>
    public static string Text(object? value, int line) => value switch
    {
        string s => s,
        Undefined => "",
        _ => PythonText.Repr(value, line),
    };

    public static new bool Equals(object? left, object? right) => Equals(left, right, 0);

    private static bool Equals(object? left, object? right, int depth) => (left, right) switch
    {
        (Undefined, _) or (_, Undefined) => left is Undefined && right is Undefined,
        (long or double or bool, long or double or bool) => Number(left, 0) == Number(right, 0),
        _ when depth > MaxDepth => throw new TemplateException(0, $"values nested deeper than {MaxDepth}"),
        (List<object?> a, List<object?> b) => a is TemplateTuple == b is TemplateTuple && a.Count == b.Count
            && a.Zip(b).All(p => Equals(p.First, p.Second, depth + 1)),
        (TemplateNamespace, _) or (_, TemplateNamespace) => ReferenceEquals(left, right),
        (Mapping a, Mapping b) => a.Count == b.Count && a.All(e => b.TryGetValue(e.Key, out var v) && Equals(e.Value, v, depth + 1)),
        _ => object.Equals(left, right),
    };

    /// <summary>Order of two values; mixed kinds have none.</summary>
    public static int Compare(object? left, object? right, int line, int depth = 0)
    {
        switch (left, right)
        {
            case (long a, long b): return a.CompareTo(b);
            case (string a, string b): return string.CompareOrdinal(a, b);
            case (long or double or bool, long or double or bool): return Number(left, line).CompareTo(Number(right, line));
            case (List<object?> a, List<object?> b) when depth < MaxDepth:
                for (var i = 0; i < a.Count && i < b.Count; i++)
                    if (!Equals(a[i], b[i])) return Compare(a[i], b[i], line, depth + 1);
                return a.Count.CompareTo(b.Count);
            default: throw new TemplateException(line, $"cannot order {Kind(left)} and {Kind(right)}");
        }
    }

    public static double Number(object? value, int line) => value switch
    {
        long n => n,
        double d => d,
        bool b => b ? 1 : 0,
        _ => throw new TemplateException(line, $"expected a number, found {Kind(value)}"),
    };

    /// <summary>A whole number, as indexes, widths and counts are.</summary>
    public static long Whole(object? value, int line) => value switch
    {
        long n => n,
        bool b => b ? 1 : 0,
        _ => throw new TemplateException(line, $"expected a whole number, found {Kind(value)}"),
    };

    public static string Kind(object? value) => value switch
    {
        null => "none",
        Undefined u => $"undefined '{u.Name}'",
        string => "a string",
        bool => "a boolean",
        long or double => "a number",
        List<object?> => "a list",
        TemplateNamespace => "a namespace",
        Mapping => "a mapping",
        _ => "a function",
    };

    /// <summary>The items a loop sees.</summary>
    public static IReadOnlyList<object?> Items(object? value, int line) => value switch
    {
        List<object?> list => list,
        TemplateNamespace => throw new TemplateException(line, "cannot loop over a namespace"),
        Mapping d => d.KeyList(),
        string s => [.. s.EnumerateRunes().Select(r => (object?)r.ToString())],
        Undefined => [],
        _ => throw new TemplateException(line, $"cannot loop over {Kind(value)}"),
    };

    public static bool Contains(object? container, object? item, int line) => container switch
    {
        string s => item is string part ? s.Contains(part, StringComparison.Ordinal)
            : throw new TemplateException(line, $"'in' a string needs a string, found {Kind(item)}"),
        List<object?> list => list.Exists(i => Equals(i, item)),
        TemplateNamespace => throw new TemplateException(line, "'in' needs a string, list or mapping, found a namespace"),
        Mapping d => item is not (List<object?> or Mapping) && d.TryGet(item, out _),
        Undefined => false,
        _ => throw new TemplateException(line, $"'in' needs a string, list or mapping, found {Kind(container)}"),
    };

    /// <summary>[key and value] of every entry.</summary>
    public static List<object?> Pairs(Mapping mapping) =>
        [.. mapping.Select(e => new TemplateTuple([Mapping.Seen(e.Key), e.Value]))];

    /// <param name="text">What becomes of every text and name.</param>
    public static object? FromJson(JsonElement e, Func<string, string> text) => e.ValueKind switch
    {
        JsonValueKind.Object =>
            Mapping.Of(e.EnumerateObject().Select(p => KeyValuePair.Create(text(p.Name), FromJson(p.Value, text)))),
        JsonValueKind.Array => e.EnumerateArray().Select(i => FromJson(i, text)).ToList(),
        JsonValueKind.String => text(e.GetString()!),
        JsonValueKind.Number => e.TryGetInt64(out var n) ? n : e.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    /// <summary>A list of texts joined, within the bound.</summary>
    public static string Concat(IEnumerable<string> parts, string separator, int line)
    {
        var result = new StringBuilder();
        var first = true;
        foreach (var part in parts)
        {
            if (!first) result.Append(separator);
            first = false;
            result.Append(part);
            if (result.Length > MaxText) throw TooLong(line);
        }
        return result.ToString();
    }
}
