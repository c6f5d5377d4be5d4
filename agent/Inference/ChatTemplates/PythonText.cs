using System.Globalization;
using System.Text;

namespace EdgeAgent.Inference.ChatTemplates;

/// <summary>How tojson writes a value (the options of Python's json.dumps).</summary>
/// <param name="Indent">Text of one level; null writes one line.</param>
internal sealed record JsonForm(string? Indent = null, string? ItemSeparator = null, string KeySeparator = ": ", bool EnsureAscii = false,
    bool SortKeys = false);

/// <summary>Values as Python writes them: repr(), and json.dumps() as Hugging Face's tojson calls it.</summary>
internal static class PythonText
{
    private const double MinPlain = 1e-4, MaxPlain = 1e16; // outside, repr of a float has an exponent

    /// <summary>repr(): texts in quotes, True, False and None.</summary>
    public static string Repr(object? value, int line) => new Writer(null, line).Write(value);

    /// <exception cref="TemplateException">A value JSON does not have.</exception>
    public static string Json(object? value, JsonForm form, int line) => new Writer(form, line).Write(value);

    public static string Float(double d)
    {
        if (double.IsNaN(d)) return "nan";
        if (double.IsInfinity(d)) return d > 0 ? "inf" : "-inf";
        if (d == Math.Floor(d) && Math.Abs(d) < MaxPlain) return d.ToString("0.0", CultureInfo.InvariantCulture);
        if (Math.Abs(d) is >= MinPlain and < MaxPlain) return ((decimal)d).ToString(CultureInfo.InvariantCulture);
        var parts = d.ToString("E16", CultureInfo.InvariantCulture).Split('E');
        var shortest = d.ToString("R", CultureInfo.InvariantCulture).Split('E');
        if (shortest.Length == 2) parts = shortest;
        var exponent = int.Parse(parts[1], CultureInfo.InvariantCulture);
        return $"{parts[0]}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
    }

    private sealed class Writer(JsonForm? json, int line)
    {
        private readonly StringBuilder _out = new();

        public string Write(object? value)
        {
            Write(value, 0);
            return _out.ToString();
        }

        private void Write(object? value, int depth)
        {
            if (depth > Values.MaxDepth) throw new TemplateException(line, $"values nested deeper than {Values.MaxDepth}");
            if (_out.Length > Values.MaxText) throw Values.TooLong(line);
            switch (value)
            {
                case null: _out.Append(json is null ? "None" : "null"); break;
                case bool b: _out.Append(json is null ? (b ? "True" : "False") : b ? "true" : "false"); break;
                case long n: _out.Append(n.ToString(CultureInfo.InvariantCulture)); break;
                case double d: _out.Append(Float(d)); break;
                case string s: Quote(s); break;
                case TemplateTuple tuple when json is null:
                    Group('(', ')', tuple.Count, depth, i => Write(tuple[i], depth + 1));
                    if (tuple.Count == 1) _out.Insert(_out.Length - 1, ',');
                    break;
                case List<object?> list: Group('[', ']', list.Count, depth, i => Write(list[i], depth + 1)); break;
                case TemplateNamespace: throw new TemplateException(line, "a namespace cannot be printed");
                case Mapping d: WriteMapping(d, depth); break;
                case Undefined u when json is null: _out.Append("Undefined"); break;
                case Undefined u: throw new TemplateException(line, $"'{u.Name}' is undefined");
                default: throw new TemplateException(line, "a function cannot be printed");
            }
        }

        private void WriteMapping(Mapping mapping, int depth)
        {
            var entries = mapping.ToList();
            if (json is { SortKeys: true })
                entries.Sort((a, b) => Values.Compare(Mapping.Seen(a.Key), Mapping.Seen(b.Key), line));
            Group('{', '}', entries.Count, depth, i =>
            {
                var key = Mapping.Seen(entries[i].Key);
                if (json is null || key is string) Write(key, depth + 1);
                else Quote(key switch { null => "null", bool b => b ? "true" : "false", double d => Float(d), _ => $"{key}" });
                _out.Append(json?.KeySeparator ?? ": ");
                Write(entries[i].Value, depth + 1);
            });
        }

        private void Group(char open, char close, int count, int depth, Action<int> item)
        {
            _out.Append(open);
            for (var i = 0; i < count; i++)
            {
                if (i > 0) _out.Append(json?.ItemSeparator ?? (json?.Indent is null ? ", " : ","));
                Break(depth + 1);
                item(i);
            }
            if (count > 0) Break(depth);
            _out.Append(close);
        }

        private void Break(int depth)
        {
            if (json?.Indent is not { } indent) return;
            _out.Append('\n');
            for (var i = 0; i < depth; i++) _out.Append(indent);
        }

        private void Quote(string s)
        {
            var quote = json is not null || s.Contains('\'') && !s.Contains('"') ? '"' : '\'';
            _out.Append(quote);
            foreach (var c in s)
                _out.Append(c switch
                {
                    '\\' => "\\\\",
                    '\n' => "\\n",
                    '\r' => "\\r",
                    '\t' => "\\t",
                    '\b' when json is not null => "\\b",
                    '\f' when json is not null => "\\f",
                    _ when c == quote => $"\\{quote}",
                    < ' ' => json is null ? $"\\x{(int)c:x2}" : $"\\u{(int)c:x4}",
                    '\x7f' when json is null => "\\x7f",
                    > '\x7f' when json is { EnsureAscii: true } => $"\\u{(int)c:x4}",
                    _ => c.ToString(),
                });
            _out.Append(quote);
        }
    }
}
