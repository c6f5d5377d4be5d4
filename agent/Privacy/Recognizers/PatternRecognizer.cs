using System.Buffers;
using System.Text.RegularExpressions;

namespace EdgeAgent.Privacy.Recognizers;

/// <summary>What may stand beside a match.</summary>
public enum Borders
{
    /// <summary>No ASCII letter, digit or underscore. Han characters may: regex word borders fail beside them.</summary>
    Word,

    /// <summary>Nor a decimal point, sign or slash that makes the match part of a longer number.</summary>
    Number,

    /// <summary>As a number before it; behind it only no digit: letters follow an address where people leave the space out.</summary>
    Before,

    /// <summary>Anything.</summary>
    None,
}

/// <summary>
/// A shape, a check of what has it, and words that make it likely. The pattern runs on the non-backtracking engine: time is
/// linear in the text whatever the text is. Context words are looked for in lower case, in a window before and behind.
/// </summary>
public sealed class PatternRecognizer
{
    private const int Before = 24, After = 12;
    private readonly Regex _regex;
    private readonly SearchValues<string>? _context, _unless;
    private readonly SearchValues<char>? _gate;

    public PatternRecognizer(string name, string type, string pattern)
    {
        (Name, Type) = (name, type);
        _regex = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
    }

    public string Name { get; }
    public string Type { get; }

    /// <summary>Score of a bare match, 0..1.</summary>
    public double Score { get; init; } = 0.5;

    /// <summary>Says whether a match is one; a match that fails is none.</summary>
    public Func<string, bool>? Check { get; init; }

    /// <summary>Whether passing the check proves it: a checksum or a parser does, a length or a range does not.</summary>
    public bool Proves { get; init; } = true;

    public Borders Borders { get; init; } = Borders.Word;

    /// <summary>Words near by that raise the score.</summary>
    public IReadOnlyList<string> Context { init => _context = value.Count > 0 ? SearchValues.Create([.. value], StringComparison.OrdinalIgnoreCase) : null; }

    /// <summary>Words before a match that say it is something else.</summary>
    public IReadOnlyList<string> Unless { init => _unless = SearchValues.Create([.. value], StringComparison.OrdinalIgnoreCase); }

    /// <summary>Without a context word a match is none.</summary>
    public bool NeedsContext { get; init; }

    /// <summary>Characters one of which every match has: texts without them are not searched.</summary>
    public string Gate { init => _gate = SearchValues.Create(value); }

    public const double ContextBoost = 0.35, Threshold = 0.4;

    public void Find(NormalizedText text, List<Finding> findings)
    {
        var s = text.Text;
        if (_gate is not null && !s.AsSpan().ContainsAny(_gate)) return;
        foreach (var match in _regex.EnumerateMatches(s))
        {
            int start = match.Index, end = match.Index + match.Length;
            if (match.Length == 0 || !BordersFit(s, start, end)) continue;
            var near = _context is not null && (Window(s, start - Before, start, _context) || Window(s, end, end + After, _context));
            if (_unless is not null && Window(s, start - Before, start, _unless)) continue;
            if (NeedsContext && !near) continue;
            if (Check is not null && !Check(s[start..end])) continue;
            var score = Math.Min(1, Score + (near ? ContextBoost : 0));
            if (score >= Threshold) findings.Add(new Finding(text.Start(start), text.End(end), Type, score, Name, Check is not null && Proves));
        }

        static bool Window(string all, int from, int to, SearchValues<string> words) => all.AsSpan(Math.Max(0, from), Math.Min(all.Length, to) - Math.Max(0, from)).ContainsAny(words);
    }

    private bool BordersFit(string s, int start, int end)
    {
        if (Borders == Borders.None) return true;
        char before = start > 0 ? s[start - 1] : ' ', after = end < s.Length ? s[end] : ' ';
        if (IsWord(before) || (Borders == Borders.Before ? char.IsAsciiDigit(after) : IsWord(after))) return false;
        if (Borders == Borders.Word) return true;
        // part of a decimal number, a fraction, a date or a dashed code
        if (before is '.' or '/' or '-' or '+' && start > 1 && char.IsAsciiLetterOrDigit(s[start - 2])) return false;
        return !(after is '.' or '/' or '-' && end + 1 < s.Length && char.IsAsciiDigit(s[end + 1]));
    }

    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';
}
