namespace EdgeAgent.Inference.ChatTemplates;

/// <summary>Python's operators and subscripts.</summary>
internal static class Operators
{
    private const long MaxPower = 1024;

    public static object? Apply(string op, object? left, object? right, int line) => op switch
    {
        "==" => Values.Equals(left, right),
        "!=" => !Values.Equals(left, right),
        "<" => Values.Compare(left, right, line) < 0,
        ">" => Values.Compare(left, right, line) > 0,
        "<=" => Values.Compare(left, right, line) <= 0,
        ">=" => Values.Compare(left, right, line) >= 0,
        "in" => Values.Contains(right, left, line),
        "~" => Values.Join(Values.Text(left, line), Values.Text(right, line), line),
        _ => Arithmetic(op, left, right, line),
    };

    private static object? Arithmetic(string op, object? left, object? right, int line)
    {
        switch (op, left, right)
        {
            case ("+", string l, string r): return Values.Join(l, r, line);
            case ("+", List<object?> l, List<object?> r):
                return l.Count + r.Count <= Values.MaxItems ? (List<object?>)[.. l, .. r] : throw TooMany(line);
            case ("+", string or List<object?>, _) or ("+", _, string or List<object?>):
                throw new TemplateException(line, $"cannot add {Values.Kind(left)} and {Values.Kind(right)}");
            case ("*", string s, long n): return Repeat(s, n, line);
            case ("*", long n, string s): return Repeat(s, n, line);
            case ("*", List<object?> l, long n): return Repeat(l, n, line);
            case ("*", long n, List<object?> l): return Repeat(l, n, line);
            case ("%", string s, Mapping m): return TextFormat.Percent(s, [m], Named(m), line);
            case ("%", string s, TemplateTuple l): return TextFormat.Percent(s, l, Arguments.None.Named, line);
            case ("%", string s, _): return TextFormat.Percent(s, [right], Arguments.None.Named, line);
        }
        var (a, b) = (left is bool x ? x ? 1L : 0L : left, right is bool y ? y ? 1L : 0L : right);
        return op != "/" && a is long m1 && b is long m2 && !(op == "**" && m2 < 0)
            ? Whole(op, m1, m2, line) : (object)Fraction(op, Values.Number(a, line), Values.Number(b, line), line);
    }

    private static Dictionary<string, object?> Named(Mapping mapping) =>
        mapping.Where(e => e.Key is string).ToDictionary(e => (string)e.Key, e => e.Value, StringComparer.Ordinal);

    private static string Repeat(string s, long n, int line)
    {
        if (n <= 0 || s.Length == 0) return "";
        return n <= Values.MaxText / s.Length ? string.Concat(Enumerable.Repeat(s, (int)n)) : throw Values.TooLong(line);
    }

    private static List<object?> Repeat(List<object?> list, long n, int line)
    {
        if (n <= 0 || list.Count == 0) return [];
        return n <= Values.MaxItems / list.Count ? [.. Enumerable.Repeat(list, (int)n).SelectMany(i => i)] : throw TooMany(line);
    }

    private static TemplateException TooMany(int line) => new(line, $"a list of more than {Values.MaxItems} items");

    private static long Whole(string op, long l, long r, int line)
    {
        if (r == 0 && op is "//" or "%" && r == 0) throw new TemplateException(line, "division by zero");
        checked
        {
            return op switch
            {
                "+" => l + r,
                "-" => l - r,
                "*" => l * r,
                "//" => l / r - (l % r != 0 && l < 0 != r < 0 ? 1 : 0),
                "%" => r == -1 ? 0 : (l % r + r) % r,
                _ => Power(l, r, line),
            };
        }
    }

    private static long Power(long l, long r, int line)
    {
        if (r > MaxPower) throw new TemplateException(line, $"a power of at most {MaxPower}, found {r}");
        var result = 1L;
        for (var i = 0; i < r; i++) result = checked(result * l);
        return result;
    }

    private static double Fraction(string op, double l, double r, int line) => op switch
    {
        "+" => l + r,
        "-" => l - r,
        "*" => l * r,
        "**" => Math.Pow(l, r),
        "/" when r != 0 => l / r,
        "//" when r != 0 => Math.Floor(l / r),
        "%" when r != 0 => l - r * Math.Floor(l / r),
        _ => throw new TemplateException(line, "division by zero"),
    };

    /// <summary>An item: an entry, else an attribute of that name, else undefined.</summary>
    public static object? At(object? target, object? key, int line)
    {
        switch (target, key)
        {
            case (Undefined u, _):
                throw new TemplateException(line, $"'{u.Name}' is undefined");
            case (Mapping d and not TemplateNamespace, _) when d.TryGet(key, out var value):
                return value;
            case (List<object?> list, long or bool):
                var i = Values.Whole(key, line);
                if (i < 0) i += list.Count;
                return i >= 0 && i < list.Count ? list[(int)i] : new Undefined($"[{key}]");
            case (string s, long at):
                var items = Values.Items(s, line);
                if (at < 0) at += items.Count;
                return at >= 0 && at < items.Count ? items[(int)at] : new Undefined($"[{key}]");
            case (_, string name):
                return Methods.Member(target, name, line);
            default:
                return new Undefined($"[{Values.Kind(key)}]");
        }
    }

    /// <summary>target[start:stop:step]; null bounds are open.</summary>
    public static object? Slice(object? target, long? start, long? stop, long? by, int line)
    {
        if (target is not (string or List<object?>)) throw new TemplateException(line, $"cannot slice {Values.Kind(target)}");
        var items = Values.Items(target, line);
        var step = by ?? 1;
        if (step == 0) throw new TemplateException(line, "a slice step of 0");
        var count = items.Count;
        long Clamp(long i) => Math.Clamp(i < 0 ? i + count : i, step > 0 ? 0 : -1, step > 0 ? count : count - 1);
        var first = start is { } a ? Clamp(a) : step > 0 ? 0 : count - 1;
        var end = stop is { } z ? Clamp(z) : step > 0 ? count : -1;
        var result = new List<object?>();
        for (var i = first; step > 0 ? i < end : i > end; i += step) result.Add(items[(int)i]);
        return target is string ? string.Concat(result) : result;
    }
}
