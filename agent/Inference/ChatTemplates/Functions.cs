using System.Globalization;

namespace EdgeAgent.Inference.ChatTemplates;

/// <summary>The functions and variables that Hugging Face's chat templates see, besides their conversation.</summary>
internal static class Functions
{
    private const int MaxRange = 100_000;

    public static Dictionary<string, object?> Globals(TimeProvider clock) => new(StringComparer.Ordinal)
    {
        ["tools"] = null,
        ["documents"] = null,
        ["raise_exception"] = (Callable)((a, _) =>
            throw new TemplateException(0, a.Count > 0 ? Values.Text(a[0], 0) : "the template raised an error")),
        ["namespace"] = (Callable)((a, named) => Filled(new TemplateNamespace(), a, named)),
        ["dict"] = (Callable)((a, named) => Filled(new Mapping(), a, named)),
        ["range"] = (Callable)((a, _) => Range(a)),
        ["joiner"] = (Callable)((a, named) => Joiner(a.Count > 0 ? a[0] : named.GetValueOrDefault("sep", ", "))),
        ["strftime_now"] = (Callable)((a, _) => Strftime((string)a[0]!, clock.GetLocalNow())),
    };

    private static Mapping Filled(Mapping mapping, IReadOnlyList<object?> positional, IReadOnlyDictionary<string, object?> named)
    {
        if (positional is [Mapping source]) foreach (var (key, value) in source) mapping[key] = value;
        else foreach (var pair in positional.SelectMany(p => Values.Items(p, 0)))
            mapping[Values.Items(pair, 0)[0] ?? Mapping.None] = Values.Items(pair, 0)[1];
        foreach (var (key, value) in named) mapping[key] = value;
        return mapping;
    }

    private static Callable Joiner(object? separator)
    {
        var used = false;
        return (_, _) =>
        {
            var text = used ? separator : "";
            used = true;
            return text;
        };
    }

    private static List<object?> Range(IReadOnlyList<object?> arguments)
    {
        var numbers = arguments.Select(a => Values.Whole(a, 0)).ToArray();
        var (start, stop, step) = numbers.Length switch
        {
            1 => (0L, numbers[0], 1L),
            2 => (numbers[0], numbers[1], 1L),
            3 => (numbers[0], numbers[1], numbers[2]),
            _ => throw new TemplateException(0, "range takes 1 to 3 numbers")
        };
        if (step == 0 || Math.Abs((stop - start) / step) > MaxRange) throw new TemplateException(0, "range of at most 100,000 numbers");
        var result = new List<object?>();
        for (var i = start; step > 0 ? i < stop : i > stop; i += step) result.Add(i);
        return result;
    }

    /// <summary>C's strftime, as far as dates need it.</summary>
    private static string Strftime(string format, DateTimeOffset now)
    {
        var result = new System.Text.StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                result.Append(format[i]);
                continue;
            }
            var plain = format[i + 1] == '-' && i + 2 < format.Length; // without leading zeros
            if (plain) i++;
            var text = Field(format[++i], now);
            result.Append(plain && text.Length > 1 ? text.TrimStart('0') : text);
        }
        return result.ToString();
    }

    private static string Field(char field, DateTimeOffset now) => field switch
    {
        '%' => "%",
        'j' => now.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
        'u' => $"{((int)now.DayOfWeek + 6) % 7 + 1}",
        'w' => $"{(int)now.DayOfWeek}",
        _ => now.ToString(field switch
        {
            'd' => "dd",
            'b' or 'h' => "MMM",
            'B' => "MMMM",
            'm' => "MM",
            'Y' => "yyyy",
            'y' => "yy",
            'H' => "HH",
            'I' => "hh",
            'M' => "mm",
            'S' => "ss",
            'p' => "tt",
            'A' => "dddd",
            'a' => "ddd",
            'F' => "yyyy-MM-dd",
            'T' => "HH:mm:ss",
            'R' => "HH:mm",
            'D' => "MM/dd/yy",
            'f' => "ffffff",
            _ => throw new TemplateException(0, $"unsupported date format '%{field}'"),
        }, CultureInfo.InvariantCulture),
    };
}
