using System.Globalization;
using System.Text;

namespace EdgeAgent.Inference.ChatTemplates;

/// <summary>Python's two ways to fill a text: <c>'{} {x}'.format(...)</c> and <c>'%s %d' % ...</c>.</summary>
internal static class TextFormat
{
    private const int MaxWidth = 10_000;

    /// <summary>str.format: fields by order, number or name, with a format specification.</summary>
    public static string Fields(string format, IReadOnlyList<object?> arguments, IReadOnlyDictionary<string, object?> named, int line)
    {
        var result = new StringBuilder();
        var next = 0;
        for (var i = 0; i < format.Length; i++)
        {
            var c = format[i];
            if (c is '{' or '}' && i + 1 < format.Length && format[i + 1] == c) i++;
            else if (c == '}') throw new TemplateException(line, "format: '}' without '{'");
            else if (c == '{')
            {
                var end = format.IndexOf('}', i);
                if (end < 0) throw new TemplateException(line, "format: '{' without '}'");
                result.Append(Field(format[(i + 1)..end]));
                i = end;
                continue;
            }
            result.Append(c);
        }
        return result.ToString();

        string Field(string field)
        {
            var colon = field.IndexOf(':', StringComparison.Ordinal);
            var (name, spec) = colon < 0 ? (field, "") : (field[..colon], field[(colon + 1)..]);
            var converts = name.EndsWith("!r", StringComparison.Ordinal) || name.EndsWith("!s", StringComparison.Ordinal);
            var conversion = converts ? name[^1] : ' ';
            if (conversion != ' ') name = name[..^2];
            object? value;
            if (name.Length == 0) value = At(next++);
            else if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index)) value = At(index);
            else if (!named.TryGetValue(name, out value)) throw new TemplateException(line, $"format: nothing for '{name}'");
            if (conversion == 'r') value = PythonText.Repr(value, line);
            else if (conversion == 's') value = Values.Text(value, line);
            return Spec(value, spec, line);
        }

        object? At(int index) =>
            index < arguments.Count ? arguments[index] : throw new TemplateException(line, $"format: nothing for field {index}");
    }

    /// <summary>str.__mod__: %s, %r, %d, %f, %x and %%, with flags, width and precision.</summary>
    public static string Percent(string format, IReadOnlyList<object?> arguments, IReadOnlyDictionary<string, object?> named, int line)
    {
        var result = new StringBuilder();
        var next = 0;
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                result.Append(format[i]);
                continue;
            }
            var start = ++i;
            string? name = null;
            if (i < format.Length && format[i] == '(' && format.IndexOf(')', i) is var close and > 0)
            {
                name = format[(i + 1)..close];
                start = i = close + 1;
            }
            while (i < format.Length && "#0- +.123456789".Contains(format[i], StringComparison.Ordinal)) i++;
            if (i >= format.Length) throw new TemplateException(line, "incomplete format");
            if (format[i] == '%')
            {
                result.Append('%');
                continue;
            }
            var value = name is null
                ? next < arguments.Count ? arguments[next++] : throw new TemplateException(line, "not enough arguments for the format")
                : named.TryGetValue(name, out var v) ? v : throw new TemplateException(line, $"format: nothing for '{name}'");
            var flags = format[start..i];
            var align = flags.StartsWith('-') ? "<" : ">";
            flags = flags.TrimStart('-');
            result.Append(format[i] switch
            {
                's' => Spec(Values.Text(value, line), align + flags, line),
                'r' => Spec(PythonText.Repr(value, line), align + flags, line),
                'd' or 'i' => Spec((long)Values.Number(value, line), (align == "<" ? "<" : "") + flags + "d", line),
                'f' or 'F' or 'x' or 'X' or 'e' or 'g' =>
                    Spec(value is long && format[i] is 'x' or 'X' ? value : Values.Number(value, line), flags + format[i], line),
                _ => throw new TemplateException(line, $"unsupported format '%{format[i]}'"),
            });
        }
        return next >= arguments.Count || named.Count > 0 ? result.ToString()
            : throw new TemplateException(line, "not all arguments of the format are used");
    }

    /// <summary>Python's format specification: [[fill]align][sign][0][width][,][.precision][type].</summary>
    private static string Spec(object? value, string spec, int line)
    {
        var at = 0;
        var (fill, align) = (' ', '\0');
        if (spec.Length > 1 && spec[1] is '<' or '>' or '^') (fill, align, at) = (spec[0], spec[1], 2);
        else if (spec.Length > 0 && spec[0] is '<' or '>' or '^') (align, at) = (spec[0], 1);
        var plus = Take('+');
        var zero = Take('0');
        var width = Digits();
        var comma = Take(',');
        int? precision = Take('.') ? Digits() : null;
        var type = at < spec.Length ? spec[at++] : '\0';
        if (at != spec.Length || width > MaxWidth || precision > 100) throw new TemplateException(line, $"unsupported format '{spec}'");
        var text = value is string s ? precision is { } cut && cut < s.Length ? s[..cut] : s : Number(value, type, precision, comma, line);
        if (plus && value is long or double && !text.StartsWith('-')) text = "+" + text;
        var pad = width - text.Length;
        if (pad <= 0) return text;
        if (zero && align == '\0' && value is not string)
            return text[0] is '-' or '+' ? text[0] + new string('0', pad) + text[1..] : new string('0', pad) + text;
        return (align == '\0' ? value is string ? '<' : '>' : align) switch
        {
            '<' => text + new string(fill, pad),
            '>' => new string(fill, pad) + text,
            _ => new string(fill, pad / 2) + text + new string(fill, pad - pad / 2),
        };

        bool Take(char c)
        {
            if (at >= spec.Length || spec[at] != c) return false;
            at++;
            return true;
        }

        int Digits()
        {
            var number = 0;
            while (at < spec.Length && char.IsAsciiDigit(spec[at]) && number <= MaxWidth) number = number * 10 + (spec[at++] - '0');
            return number;
        }
    }

    private static string Number(object? value, char type, int? precision, bool comma, int line)
    {
        var invariant = CultureInfo.InvariantCulture;
        switch (type, value)
        {
            case ('\0' or 'd', long n): return n.ToString(comma ? "N0" : "0", invariant);
            case ('x', long n): return n < 0 ? $"-{-n:x}" : $"{n:x}";
            case ('X', long n): return n < 0 ? $"-{-n:X}" : $"{n:X}";
            case ('f' or 'F', long or double):
                return Values.Number(value, line).ToString((comma ? "N" : "F") + (precision ?? 6), invariant);
            case ('%', long or double): return (Values.Number(value, line) * 100).ToString("F" + (precision ?? 6), invariant) + "%";
            case ('\0', double) when precision is null && !comma: return PythonText.Float((double)value!);
            case ('\0', not (long or double)): return Values.Text(value, line);
            default: throw new TemplateException(line, $"unsupported format '{type}' for {Values.Kind(value)}");
        }
    }
}
