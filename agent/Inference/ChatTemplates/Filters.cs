using System.Globalization;
using System.Text.RegularExpressions;

namespace EdgeAgent.Inference.ChatTemplates;

/// <summary>What a filter or function was given besides its value.</summary>
internal readonly record struct Arguments(IReadOnlyList<object?> Positional, IReadOnlyDictionary<string, object?> Named)
{
    public static readonly Arguments None = new([], new Dictionary<string, object?>());

    public object? Get(int index, string name, object? otherwise = null) =>
        index < Positional.Count ? Positional[index] : Named.TryGetValue(name, out var value) ? value : otherwise;
}

/// <summary>Jinja's filters, as far as chat templates use them. An unknown one is an error that names it.</summary>
internal static partial class Filters
{
    [GeneratedRegex(@"[-\s({\[<]+")]
    private static partial Regex WordBreak { get; }

    public static object? Apply(string name, object? value, Arguments args, int line)
    {
        if (name is "default" or "d")
            return value is Undefined || Values.Truth(args.Get(1, "boolean", false)) && !Values.Truth(value)
                ? args.Get(0, "default_value", "") : value;
        return Text(name, value, args, line) ?? Number(name, value, args, line) ?? Lists.Apply(name, value, args, line);
    }

    /// <summary>Filters that make a text; null for others.</summary>
    private static string? Text(string name, object? value, Arguments args, int line)
    {
        string Source() => Values.Text(value, line);
        return name switch
        {
            "string" or "safe" => Source(),
            "trim" => Methods.Strip(Source(), args.Get(0, "chars") as string, true, true),
            "upper" => Source().ToUpperInvariant(),
            "lower" => Source().ToLowerInvariant(),
            "title" => Title(Source()),
            "capitalize" => Methods.Capitalize(Source()),
            "join" => Values.Concat(Lists.Attributes(value, args.Get(1, "attribute"), line).Select(i => Values.Text(i, line)),
                Values.Text(args.Get(0, "d", ""), line), line),
            "replace" => Methods.Replace(Source(), Values.Text(args.Get(0, "old"), line), Values.Text(args.Get(1, "new"), line),
                args.Get(2, "count"), line),
            "format" => TextFormat.Percent(Source(), args.Positional, args.Named, line),
            "indent" => Indent(Source(), args, line),
            "escape" or "e" or "forceescape" => Escape(Source()),
            "truncate" => Truncate(Source(), args, line),
            "center" => Methods.Center(Source(), Values.Whole(args.Get(0, "width", 80L), line), ' ', line),
            "tojson" => PythonText.Json(value, JsonForm(args, line), line),
            "pprint" => PythonText.Repr(value, line),
            "urlencode" => Uri.EscapeDataString(Source()).Replace("%2F", "/", StringComparison.Ordinal),
            _ => null,
        };
    }

    /// <summary>Filters that make a number; null for others.</summary>
    private static object? Number(string name, object? value, Arguments args, int line)
    {
        if (name is not ("int" or "float" or "abs" or "round" or "length" or "count" or "wordcount")) return null;
        if (value is Undefined u && name is "int" or "float" or "abs" or "round")
            throw new TemplateException(line, $"'{u.Name}' is undefined");
        const NumberStyles style = NumberStyles.Float | NumberStyles.AllowThousands;
        double? Parsed() => value switch
        {
            string s => double.TryParse(s.Trim(), style & ~NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var d) ? d : null,
            long or double or bool => Values.Number(value, line),
            _ => null,
        };
        switch (name)
        {
            case "int":
                if (value is string text && long.TryParse(text.Trim(), CultureInfo.InvariantCulture, out var whole)) return whole;
                return value is long ? value : Parsed() is { } p && Math.Abs(p) < 9e18 ? (long)p : args.Get(0, "default", 0L);
            case "float":
                return Parsed() ?? args.Get(0, "default", 0.0);
            case "abs":
                return value is long n ? Math.Abs(n) : (object)Math.Abs(Values.Number(value, line));
            case "round":
                return Round(Values.Number(value, line), (int)Values.Whole(args.Get(0, "precision", 0L), line),
                    args.Get(1, "method", "common") as string, line);
            case "wordcount":
                return (long)Values.Text(value, line).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
            default:
                return value is Mapping m and not TemplateNamespace ? (long)m.Count : Values.Items(value, line).Count;
        }
    }

    private static double Round(double value, int precision, string? method, int line)
    {
        if (precision is < -15 or > 15) throw new TemplateException(line, $"round to -15..15 digits, found {precision}");
        var scale = Math.Pow(10, precision);
        return method switch
        {
            "common" => precision >= 0 ? Math.Round(value, precision, MidpointRounding.ToEven)
                : Math.Round(value * scale, MidpointRounding.ToEven) / scale,
            "ceil" => Math.Ceiling(value * scale) / scale,
            "floor" => Math.Floor(value * scale) / scale,
            _ => throw new TemplateException(line, $"round: a method of common, ceil, floor, found '{method}'"),
        };
    }

    private static string Title(string text)
    {
        var result = new System.Text.StringBuilder();
        var at = 0;
        foreach (Match match in WordBreak.Matches(text))
        {
            result.Append(Methods.Capitalize(text[at..match.Index])).Append(match.Value);
            at = match.Index + match.Length;
        }
        return result.Append(Methods.Capitalize(text[at..])).ToString();
    }

    private static string Indent(string text, Arguments args, int line)
    {
        var width = args.Get(0, "width", 4L);
        var by = width as string ?? new string(' ', (int)Math.Clamp(Values.Whole(width, line), 0, 200));
        bool first = Values.Truth(args.Get(1, "first", false)), blank = Values.Truth(args.Get(2, "blank", false));
        var lines = Methods.Lines(text + "\n");
        var indented = lines.Select((l, i) => i > 0 && (blank || l.Length > 0) ? by + l : l);
        return (first ? by : "") + Values.Concat(indented, "\n", line);
    }

    private static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal)
        .Replace("'", "&#39;", StringComparison.Ordinal).Replace("\"", "&#34;", StringComparison.Ordinal);

    private static string Truncate(string text, Arguments args, int line)
    {
        var length = (int)Math.Clamp(Values.Whole(args.Get(0, "length", 255L), line), 0, Values.MaxText);
        var end = Values.Text(args.Get(2, "end", "..."), line);
        var leeway = Values.Whole(args.Get(3, "leeway", 5L), line);
        if (text.Length <= length + leeway) return text;
        var cut = text[..Math.Max(0, length - end.Length)];
        if (!Values.Truth(args.Get(1, "killwords", false)) && cut.LastIndexOf(' ') is var space and >= 0) cut = cut[..space];
        return cut + end;
    }

    private static JsonForm JsonForm(Arguments args, int line)
    {
        var separators = args.Get(3, "separators") as List<object?>;
        var indent = args.Named.TryGetValue("indent", out var named) ? named
            : args.Positional is [long or string, ..] ? args.Positional[0] : null;
        return new JsonForm(indent switch
        {
            null => null,
            string s => s,
            var n => new string(' ', (int)Math.Clamp(Values.Whole(n, line), 0, 16)),
        }, separators is [string item, _] ? item : null, separators is [_, string key] ? key : ": ",
            Values.Truth(args.Named.GetValueOrDefault("ensure_ascii")), Values.Truth(args.Named.GetValueOrDefault("sort_keys")));
    }
}
