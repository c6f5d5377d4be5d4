using System.Text;
using System.Text.RegularExpressions;

namespace EdgeAgent.Inference.ChatTemplates;

internal enum TokenKind { Text, BlockStart, BlockEnd, ExpressionStart, ExpressionEnd, Name, String, Integer, Float, Operator, End }

internal readonly record struct Token(TokenKind Kind, string Text, int Line);

/// <summary>
/// Splits a Jinja template into tokens, with the white-space rules chat templates are written for: trim_blocks and lstrip_blocks
/// on, and the '-' marks.
/// </summary>
internal static partial class Lexer
{
    private const string Exponent = @"[eE][-+]?\d+", Whole = @"\d[\d_]*";
    private const string NamesAndNumbers =
        $@"(?<name>[A-Za-z_]\w*)|(?<float>{Whole}(?:\.\d[\d_]*(?:{Exponent})?|{Exponent}))|(?<int>{Whole})";
    private const string Strings = """(?<str>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""";
    private const string Operators = @"(?<op>\*\*|==|!=|<=|>=|//|[-+*/%~<>=()\[\]{}.,:|])";

    [GeneratedRegex($@"\G(?:{NamesAndNumbers}|{Strings}|{Operators})", RegexOptions.Singleline)]
    private static partial Regex Part { get; }

    /// <summary>{% raw %} up to {% endraw %}: text, whatever it looks like.</summary>
    [GeneratedRegex(@"\G\{%[-+]?\s*raw\s*(?:-%\}\s*|%\}\n?)(?<text>.*?)\{%(?:(?<dash>-)|\+)?\s*endraw\s*(?:(?<trim>-)|\+)?%\}",
        RegexOptions.Singleline)]
    private static partial Regex Raw { get; }

    public static List<Token> Tokenize(string template)
    {
        template = template.ReplaceLineEndings("\n");
        if (template.EndsWith('\n')) template = template[..^1]; // Jinja drops one trailing newline
        var tokens = new List<Token>();
        int at = 0, line = 1;
        var trimStart = false; // the previous tag ended with '-'
        var trimNewline = false; // trim_blocks: a newline after a block is dropped
        while (at < template.Length)
        {
            var open = NextTag(template, at);
            var text = template[at..open];
            var lineAtTag = line + text.Count(c => c == '\n');
            var tag = open < template.Length ? template.Substring(open, 2) : "";
            if (trimStart) text = text.TrimStart();
            else if (trimNewline && text.StartsWith('\n')) text = text[1..];
            var mark = open + 2 < template.Length ? template[open + 2] : ' ';
            if (tag.Length > 0 && mark == '-') text = text.TrimEnd();
            else if (tag is "{%" or "{#" && mark != '+')
                text = StripIndent(text,
                    open == 0 || template[..open].TrimEnd(' ', '\t').EndsWith('\n') || template[..open].TrimEnd(' ', '\t').Length == 0);
            if (text.Length > 0) tokens.Add(new Token(TokenKind.Text, text, line));
            line = lineAtTag;
            if (tag.Length == 0) break;
            if (Raw.Match(template, open) is { Success: true } raw)
            {
                var verbatim = raw.Groups["text"].Value;
                tokens.Add(new Token(TokenKind.Text, raw.Groups["dash"].Success ? verbatim.TrimEnd() : verbatim, line));
                line += raw.Value.Count(c => c == '\n');
                (at, trimStart, trimNewline) = (open + raw.Length, raw.Groups["trim"].Success, true);
                continue;
            }
            at = open + 2 + (mark is '-' or '+' ? 1 : 0);
            (at, line, trimStart) = tag == "{#" ? SkipComment(template, at, line) : ReadTag(template, at, line, tag, tokens);
            trimNewline = tag != "{{" && template[at - 3] != '+'; // '+%}' keeps the newline
        }
        tokens.Add(new Token(TokenKind.End, "", line));
        return tokens;
    }

    private static int NextTag(string template, int from)
    {
        for (var i = from; i + 1 < template.Length; i++)
            if (template[i] == '{' && template[i + 1] is '{' or '%' or '#' && template[i] == '{') return i;
        return template.Length;
    }

    private static string StripIndent(string text, bool tagStartsLine) => tagStartsLine ? text.TrimEnd(' ', '\t') : text;

    private static (int At, int Line, bool Trim) SkipComment(string template, int at, int line)
    {
        var close = template.IndexOf("#}", at, StringComparison.Ordinal);
        if (close < 0) throw new TemplateException(line, "comment without an end");
        return (close + 2, line + template.AsSpan(at, close - at).Count('\n'), close > at && template[close - 1] == '-');
    }

    private static (int At, int Line, bool Trim) ReadTag(string template, int at, int line, string tag, List<Token> tokens)
    {
        var block = tag == "{%";
        tokens.Add(new Token(block ? TokenKind.BlockStart : TokenKind.ExpressionStart, tag, line));
        var end = block ? "%}" : "}}";
        var braces = 0;
        while (true)
        {
            while (at < template.Length && char.IsWhiteSpace(template[at])) if (template[at++] == '\n') line++;
            if (at >= template.Length) throw new TemplateException(line, $"'{tag}' without '{end}'");
            var trim = template[at] == '-' && string.CompareOrdinal(template, at + 1, end, 0, 2) == 0;
            if (trim || braces == 0 && string.CompareOrdinal(template, at, end, 0, 2) == 0)
            {
                tokens.Add(new Token(block ? TokenKind.BlockEnd : TokenKind.ExpressionEnd, end, line));
                return (at + (trim ? 3 : 2), line, trim);
            }
            if (block && braces == 0 && template[at] == '+' && string.CompareOrdinal(template, at + 1, end, 0, 2) == 0)
            {
                at++;
                continue;
            }
            var match = Part.Match(template, at);
            if (!match.Success) throw new TemplateException(line, $"unexpected character '{template[at]}'");
            tokens.Add(ToToken(match, line));
            braces += match.Value switch { "{" => 1, "}" => -1, _ => 0 };
            line += match.Value.Count(c => c == '\n');
            at += match.Length;
        }
    }

    private static Token ToToken(Match match, int line)
    {
        if (match.Groups["name"].Success) return new Token(TokenKind.Name, match.Value, line);
        if (match.Groups["float"].Success) return new Token(TokenKind.Float, match.Value.Replace("_", "", StringComparison.Ordinal), line);
        if (match.Groups["int"].Success) return new Token(TokenKind.Integer, match.Value.Replace("_", "", StringComparison.Ordinal), line);
        if (match.Groups["str"].Success) return new Token(TokenKind.String, Unescape(match.Value[1..^1]), line);
        return new Token(TokenKind.Operator, match.Value, line);
    }

    /// <summary>Hexadecimal digits behind an escape: \xNN, \uNNNN, \UNNNNNNNN; 0 for others.</summary>
    private static int Digits(char escape) => escape switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };

    private static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal)) return text;
        var result = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                result.Append(text[i]);
                continue;
            }
            if (Digits(text[i + 1]) is var digits and > 0 && i + 1 + digits < text.Length
                && int.TryParse(text.AsSpan(i + 2, digits), System.Globalization.NumberStyles.AllowHexSpecifier,
                    System.Globalization.CultureInfo.InvariantCulture, out var code) && code is >= 0 and <= 0x10FFFF)
            {
                result.Append(code is >= 0xD800 and <= 0xDFFF or < 0x10000 ? ((char)code).ToString() : char.ConvertFromUtf32(code));
                i += 1 + digits;
                continue;
            }
            result.Append(text[++i] switch
            {
                'a' => "\a",
                'b' => "\b",
                'f' => "\f",
                'v' => "\v",
                '0' => "\0",
                '\n' => "",
                'n' => "\n",
                't' => "\t",
                'r' => "\r",
                '\\' => "\\",
                '\'' => "'",
                '"' => "\"",
                var c => "\\" + c
            });
        }
        return result.ToString();
    }
}
