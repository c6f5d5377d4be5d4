using System.Text;

namespace EdgeAgent.Inference.ChatTemplates;

/// <summary>Attributes: the methods of Python's strings, mappings and lists that templates may call, and the entries of mappings.</summary>
internal static class Methods
{
    /// <summary>A method where the value has one of that name, else an entry, else undefined.</summary>
    public static object? Member(object? target, string name, int line) => target switch
    {
        Undefined u => throw new TemplateException(line, $"'{u.Name}' is undefined, so it has no '{name}'"),
        TemplateNamespace space => space.TryGetValue(name, out var value) ? value : new Undefined(name),
        Mapping mapping => OfMapping(mapping, name) ?? (mapping.TryGetValue(name, out var entry) ? entry : new Undefined(name)),
        string s => OfString(s, name, line) ?? (object)new Undefined(name),
        List<object?> list => OfList(list, name, line) ?? (object)new Undefined(name),
        _ => new Undefined(name),
    };

    private static Callable? OfMapping(Mapping mapping, string name) => name switch
    {
        "items" => (_, _) => Values.Pairs(mapping),
        "keys" => (_, _) => mapping.KeyList(),
        "values" => (_, _) => mapping.Values.ToList(),
        "get" => (a, _) => mapping.TryGet(a[0], out var value) ? value : a.Count > 1 ? a[1] : null,
        "copy" => (_, _) =>
        {
            var copy = new Mapping();
            foreach (var (key, value) in mapping) copy[key] = value;
            return copy;
        }
        ,
        _ => null,
    };

    private static Callable? OfList(List<object?> list, string name, int line) => name switch
    {
        "append" => (a, _) =>
        {
            list.Add(a[0]);
            return null;
        }
        ,
        "index" => (a, _) => list.FindIndex(i => Values.Equals(i, a[0])) is var at and >= 0 ? (long)at
            : throw new TemplateException(line, "index: the list does not have the value"),
        "count" => (a, _) => (long)list.Count(i => Values.Equals(i, a[0])),
        _ => null,
    };

    private static Callable? OfString(string s, string name, int line) => name switch
    {
        "strip" => (a, _) => Strip(s, Chars(a), true, true),
        "lstrip" => (a, _) => Strip(s, Chars(a), true, false),
        "rstrip" => (a, _) => Strip(s, Chars(a), false, true),
        "startswith" => (a, _) => Affixes(a[0]).Any(p => s.StartsWith(p, StringComparison.Ordinal)),
        "endswith" => (a, _) => Affixes(a[0]).Any(p => s.EndsWith(p, StringComparison.Ordinal)),
        "removeprefix" => (a, _) => s.StartsWith((string)a[0]!, StringComparison.Ordinal) ? s[((string)a[0]!).Length..] : s,
        "removesuffix" => (a, _) => a[0] is string { Length: > 0 } x && s.EndsWith(x, StringComparison.Ordinal) ? s[..^x.Length] : s,
        "upper" => (_, _) => s.ToUpperInvariant(),
        "lower" or "casefold" => (_, _) => s.ToLowerInvariant(),
        "title" => (_, _) => Title(s),
        "capitalize" => (_, _) => Capitalize(s),
        "swapcase" => (_, _) => string.Concat(s.Select(c => char.IsUpper(c) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c))),
        "replace" => (a, n) => Replace(s, (string)a[0]!, (string)a[1]!, a.Count > 2 ? a[2] : n.GetValueOrDefault("count"), line),
        "find" => (a, _) => (long)s.IndexOf((string)a[0]!, StringComparison.Ordinal),
        "rfind" => (a, _) => (long)s.LastIndexOf((string)a[0]!, StringComparison.Ordinal),
        "index" => (a, _) => s.IndexOf((string)a[0]!, StringComparison.Ordinal) is var at and >= 0 ? (long)at
            : throw new TemplateException(line, "index: the text is not found"),
        "count" => (a, _) => (long)Count(s, (string)a[0]!),
        "split" => (a, n) => Split(s, a.Count > 0 ? a[0] : n.GetValueOrDefault("sep"), Limit(a, n, line), fromEnd: false),
        "rsplit" => (a, n) => Split(s, a.Count > 0 ? a[0] : n.GetValueOrDefault("sep"), Limit(a, n, line), fromEnd: true),
        "splitlines" => (_, _) => Lines(s).Cast<object?>().ToList(),
        "partition" => (a, _) => Partition(s, (string)a[0]!, s.IndexOf((string)a[0]!, StringComparison.Ordinal), last: false),
        "rpartition" => (a, _) => Partition(s, (string)a[0]!, s.LastIndexOf((string)a[0]!, StringComparison.Ordinal), last: true),
        "join" => (a, _) => Values.Concat(Values.Items(a[0], line).Cast<string>(), s, line),
        "format" => (a, n) => TextFormat.Fields(s, a, n, line),
        "center" => (a, _) => Center(s, Values.Whole(a[0], line), Fill(a), line),
        "ljust" => (a, _) => s.PadRight(Width(a[0], line), Fill(a)),
        "rjust" => (a, _) => s.PadLeft(Width(a[0], line), Fill(a)),
        "zfill" => (a, _) => s.Length > 0 && s[0] is '-' or '+' ? s[0] + s[1..].PadLeft(Width(a[0], line) - 1, '0')
            : s.PadLeft(Width(a[0], line), '0'),
        _ => Check(s, name) is { } check ? (_, _) => check() : null,
    };

    /// <summary>Questions about every character of a text; null for another method.</summary>
    private static Func<bool>? Check(string s, string name) => name switch
    {
        "isdigit" or "isdecimal" or "isnumeric" => () => s.Length > 0 && s.All(char.IsDigit),
        "isalpha" => () => s.Length > 0 && s.All(char.IsLetter),
        "isalnum" => () => s.Length > 0 && s.All(char.IsLetterOrDigit),
        "isspace" => () => s.Length > 0 && s.All(char.IsWhiteSpace),
        "isupper" => () => s.Any(char.IsUpper) && !s.Any(char.IsLower),
        "islower" => () => s.Any(char.IsLower) && !s.Any(char.IsUpper),
        _ => null,
    };

    public static string Strip(string s, string? characters, bool start, bool end)
    {
        var set = characters?.ToCharArray();
        if (set is []) return s;
        if (start) s = set is null ? s.TrimStart() : s.TrimStart(set);
        if (end) s = set is null ? s.TrimEnd() : s.TrimEnd(set);
        return s;
    }

    public static string Capitalize(string s) => s.Length > 0 ? char.ToUpperInvariant(s[0]) + s[1..].ToLowerInvariant() : "";

    /// <param name="count">How many at most; null or a negative number for all.</param>
    public static string Replace(string text, string old, string by, object? count, int line)
    {
        var limit = count is null ? -1 : Values.Whole(count, line);
        if (by.Length > old.Length && (long)text.Length / Math.Max(old.Length, 1) * by.Length > Values.MaxText) throw Values.TooLong(line);
        if (old.Length == 0)
        {
            var spread = string.Concat(text.Select(c => by + c)) + by;
            return limit < 0 ? spread : throw new TemplateException(line, "replace of an empty text with a count");
        }
        if (limit < 0) return text.Replace(old, by, StringComparison.Ordinal);
        var result = new StringBuilder();
        var from = 0;
        for (; limit > 0 && text.IndexOf(old, from, StringComparison.Ordinal) is var at and >= 0; limit--)
        {
            result.Append(text, from, at - from).Append(by);
            from = at + old.Length;
        }
        return result.Append(text, from, text.Length - from).ToString();
    }

    /// <summary>The lines of a text; an end of line at the end begins no further one.</summary>
    public static List<string> Lines(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n').ToList();
        if (lines[^1].Length == 0) lines.RemoveAt(lines.Count - 1);
        return lines;
    }

    public static string Center(string s, long width, char fill, int line)
    {
        var pad = Width(width, line) - s.Length;
        if (pad <= 0) return s;
        var left = pad / 2 + (pad & width & 1);
        return new string(fill, (int)left) + s + new string(fill, (int)(pad - left));
    }

    private static string Title(string s)
    {
        var result = new StringBuilder(s.Length);
        var inWord = false;
        foreach (var c in s)
        {
            result.Append(inWord ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c));
            inWord = char.IsLetter(c);
        }
        return result.ToString();
    }

    private static int Count(string s, string part) =>
        part.Length == 0 ? s.Length + 1 : (s.Length - s.Replace(part, "", StringComparison.Ordinal).Length) / part.Length;

    private static List<object?> Partition(string s, string separator, int at, bool last) =>
        at >= 0 ? [s[..at], separator, s[(at + separator.Length)..]] : last ? ["", "", s] : [s, "", ""];

    private static int Limit(IReadOnlyList<object?> a, IReadOnlyDictionary<string, object?> named, int line)
    {
        var limit = a.Count > 1 ? a[1] : named.GetValueOrDefault("maxsplit");
        return limit is null || Values.Whole(limit, line) is < 0 or >= int.MaxValue ? int.MaxValue : (int)Values.Whole(limit, line) + 1;
    }

    private static List<object?> Split(string s, object? separator, int parts, bool fromEnd)
    {
        if (separator is null)
        {
            var words = s.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length <= parts) return [.. words];
            if (fromEnd) return [.. Reversed(s, null, parts)];
            var (rest, result) = (s.TrimStart(), new List<object?>());
            while (result.Count < parts - 1)
            {
                result.Add(words[result.Count]);
                rest = rest[words[result.Count - 1].Length..].TrimStart();
            }
            result.Add(rest.TrimEnd());
            return result;
        }
        var by = (string)separator;
        if (by.Length == 0) throw new ArgumentException("an empty separator");
        return fromEnd && parts < int.MaxValue ? Reversed(s, by, parts) : [.. s.Split(by, parts)];
    }

    /// <summary>Splits from the end.</summary>
    private static List<object?> Reversed(string s, string? by, int parts)
    {
        var result = new List<object?>();
        while (result.Count < parts - 1)
        {
            if (by is null) s = s.TrimEnd();
            var at = by is null ? s.LastIndexOfAny([' ', '\t', '\n', '\r', '\f', '\v']) : s.LastIndexOf(by, StringComparison.Ordinal);
            if (at < 0) break;
            result.Insert(0, s[(at + (by?.Length ?? 1))..]);
            s = s[..at];
        }
        result.Insert(0, by is null ? s.Trim() : s);
        return result;
    }

    private static string? Chars(IReadOnlyList<object?> a) => a.Count > 0 ? (string?)a[0] : null;

    private static char Fill(IReadOnlyList<object?> a) => a.Count > 1 && a[1] is string { Length: 1 } fill ? fill[0] : ' ';

    private static int Width(object? width, int line) => (int)Math.Clamp(Values.Whole(width, line), 0, 10_000);

    private static IEnumerable<string> Affixes(object? value) => value is List<object?> list ? list.Cast<string>() : [(string)value!];
}
