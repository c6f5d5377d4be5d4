using System.Globalization;

namespace EdgeAgent.Inference.ChatTemplates;

/// <summary>The filters, tests, methods and functions chat templates use. An unknown one is an error that names it.</summary>
internal static class Builtins
{
    public static object? Filter(string name, object? value, IReadOnlyList<object?> args, IReadOnlyDictionary<string, object?> named,
        int line)
    {
        object? Argument(int index, string key, object? otherwise) =>
            index < args.Count ? args[index] : named.TryGetValue(key, out var v) ? v : otherwise;
        if (name is "default" or "d")
            return value is Undefined || Values.Truth(Argument(1, "boolean", false)) && !Values.Truth(value)
                ? Argument(0, "default_value", "") : value;
        if (value is Undefined u) throw new TemplateException(line, $"'{u.Name}' is undefined");
        return name switch
        {
            "trim" => Strip(Values.Text(value, line), args.Count > 0 ? (string?)args[0] : null, true, true),
            "upper" => Values.Text(value, line).ToUpperInvariant(),
            "lower" => Values.Text(value, line).ToLowerInvariant(),
            "title" => CultureInfo.InvariantCulture.TextInfo.ToTitleCase(Values.Text(value, line).ToLowerInvariant()),
            "capitalize" => Values.Text(value, line) is { Length: > 0 } s ? char.ToUpperInvariant(s[0]) + s[1..].ToLowerInvariant() : "",
            "length" or "count" => (long)Values.Items(value, line).Count,
            "first" => Values.Items(value, line) is [var head, ..] ? head : new Undefined("first"),
            "last" => Values.Items(value, line) is [.., var tail] ? tail : new Undefined("last"),
            "list" => Values.Items(value, line).ToList(),
            "reverse" => Values.Items(value, line).Reverse().ToList(),
            "string" => Values.Text(value, line),
            "safe" => value,
            "int" =>
                value is string t ? long.TryParse(t, CultureInfo.InvariantCulture, out var n) ? n : 0L : (long)Values.Number(value, line),
            "float" => Values.Number(value, line),
            "join" => Joined(Values.Items(value, line), Values.Text(Argument(0, "d", ""), line), line),
            "replace" => Values.Replace(Values.Text(value, line), (string)args[0]!, (string)args[1]!, line),
            "tojson" => Values.Json(value, Argument(0, "indent", null) is long indent ? (int)Math.Clamp(indent, 0, 16) : null),
            "items" => Pairs(value, line),
            "dictsort" => Pairs(value, line).OrderBy(p => (string)((List<object?>)p!)[0]!, StringComparer.OrdinalIgnoreCase).ToList(),
            "selectattr" or "rejectattr" => Select(value, name == "selectattr", args, line),
            "map" =>
                Values.Items(value, line).Select(i => Member(i, (string)(named.TryGetValue("attribute", out var a) ? a! : args[0]!), line))
                    .ToList(),
            _ => throw new TemplateException(line, $"unsupported filter '{name}'"),
        };
    }

    public static bool Test(string name, object? value, IReadOnlyList<object?> args, int line) => name switch
    {
        "defined" => value is not Undefined,
        "undefined" => value is Undefined,
        "none" => value is null,
        "string" => value is string,
        "boolean" => value is bool,
        "number" => value is long or double,
        "integer" => value is long,
        "mapping" => value is Dictionary<string, object?>,
        "sequence" or "iterable" => value is List<object?> or string or Dictionary<string, object?>,
        "callable" => value is Callable,
        "true" => value is true,
        "false" => value is false,
        "odd" => value is long n && n % 2 != 0,
        "even" => value is long n && n % 2 == 0,
        "equalto" or "eq" => Values.Equals(value, args[0]),
        "ne" => !Values.Equals(value, args[0]),
        "in" => Contains(args[0], value, line),
        _ => throw new TemplateException(line, $"unsupported test '{name}'"),
    };

    public static bool Contains(object? container, object? item, int line) => container switch
    {
        string s => item is string part && s.Contains(part, StringComparison.Ordinal),
        List<object?> list => list.Exists(i => Values.Equals(i, item)),
        Dictionary<string, object?> d => item is string key && d.ContainsKey(key),
        Undefined => false,
        _ => throw new TemplateException(line, $"'in' needs a string, list or mapping, found {Values.Kind(container)}"),
    };

    /// <summary>An attribute: a mapping's entry, or a method of a string, mapping or list.</summary>
    public static object? Member(object? target, string name, int line)
    {
        if (target is Undefined u) throw new TemplateException(line, $"'{u.Name}' is undefined, so it has no '{name}'");
        if (target is Dictionary<string, object?> d)
        {
            if (d.TryGetValue(name, out var entry)) return entry;
            switch (name)
            {
                case "items": return (Callable)((_, _) => Pairs(d, line));
                case "keys": return (Callable)((_, _) => d.Keys.Cast<object?>().ToList());
                case "values": return (Callable)((_, _) => d.Values.ToList());
                case "get": return (Callable)((a, _) => d.TryGetValue((string)a[0]!, out var v) ? v : a.Count > 1 ? a[1] : null);
            }
        }
        if (target is string s && StringMethod(s, name, line) is { } method) return method;
        if (target is List<object?> list && name == "append") return (Callable)((a, _) =>
        {
            list.Add(a[0]);
            return null;
        });
        return new Undefined(name);
    }

    private static Callable? StringMethod(string s, string name, int line) => name switch
    {
        "strip" => (a, _) => Strip(s, a.Count > 0 ? (string?)a[0] : null, true, true),
        "lstrip" => (a, _) => Strip(s, a.Count > 0 ? (string?)a[0] : null, true, false),
        "rstrip" => (a, _) => Strip(s, a.Count > 0 ? (string?)a[0] : null, false, true),
        "startswith" => (a, _) => Affixes(a[0]).Any(p => s.StartsWith(p, StringComparison.Ordinal)),
        "endswith" => (a, _) => Affixes(a[0]).Any(p => s.EndsWith(p, StringComparison.Ordinal)),
        "upper" => (_, _) => s.ToUpperInvariant(),
        "lower" => (_, _) => s.ToLowerInvariant(),
        "title" => (_, _) => Filter("title", s, [], new Dictionary<string, object?>(), line),
        "capitalize" => (_, _) => Filter("capitalize", s, [], new Dictionary<string, object?>(), line),
        "replace" => (a, _) => Values.Replace(s, (string)a[0]!, (string)a[1]!, line),
        "find" => (a, _) => (long)s.IndexOf((string)a[0]!, StringComparison.Ordinal),
        "split" => (a, _) => a.Count == 0
            ? s.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Cast<object?>().ToList()
            : s.Split((string)a[0]!, a.Count > 1 ? (int)(long)a[1]! + 1 : int.MaxValue).Cast<object?>().ToList(),
        _ => null,
    };

    private static string Joined(IReadOnlyList<object?> items, string separator, int line)
    {
        var result = new System.Text.StringBuilder();
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0) result.Append(separator);
            result.Append(Values.Text(items[i], line));
            if (result.Length > Values.MaxText) throw Values.TooLong(line);
        }
        return result.ToString();
    }

    private static IEnumerable<string> Affixes(object? value) => value is List<object?> list ? list.Cast<string>() : [(string)value!];

    private static string Strip(string s, string? characters, bool start, bool end)
    {
        var set = characters?.ToCharArray();
        if (start) s = set is null ? s.TrimStart() : s.TrimStart(set);
        if (end) s = set is null ? s.TrimEnd() : s.TrimEnd(set);
        return s;
    }

    private static List<object?> Pairs(object? value, int line) => value is Dictionary<string, object?> d
        ? [.. d.Select(e => new List<object?> { e.Key, e.Value })]
        : throw new TemplateException(line, $"'items' needs a mapping, found {Values.Kind(value)}");

    private static List<object?> Select(object? value, bool keep, IReadOnlyList<object?> args, int line) =>
        [.. Values.Items(value, line).Where(i =>
        {
            var member = Member(i, (string)args[0]!, line);
            return (args.Count == 1 ? Values.Truth(member) : Test((string)args[1]!, member, [.. args.Skip(2)], line)) == keep;
        })];
}
