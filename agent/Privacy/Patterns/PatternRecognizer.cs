using System.Buffers;
using System.Text.RegularExpressions;

namespace EdgeAgent.Privacy.Patterns;

/// <summary>What may stand beside a match.</summary>
internal enum Borders
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
internal sealed class PatternRecognizer
{
    private const int Before = 24, After = 12;
    private readonly Regex _regex;
    private readonly WordSearch? _context, _unless;
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

    /// <summary>Confirms a match that would count without it.</summary>
    public Func<string, bool>? Proof { get; init; }

    public Borders Borders { get; init; } = Borders.Word;

    /// <summary>Words near by that raise the score.</summary>
    public IReadOnlyList<string> Context { init => _context = value.Count > 0 ? new WordSearch(value) : null; }

    /// <summary>Words before a match that say it is something else.</summary>
    public IReadOnlyList<string> Unless { init => _unless = new WordSearch(value); }

    /// <summary>Without a context word a match is none.</summary>
    public bool NeedsContext { get; init; }

    /// <summary>Characters one of which every match has: texts without them are not searched.</summary>
    public string Gate { init => _gate = SearchValues.Create(value); }

    public const double ContextBoost = 0.35, ProofBoost = 0.2, Threshold = 0.4;

    public void Find(NormalizedText text, List<Finding> findings)
    {
        var s = text.Text;
        if (_gate is not null && !s.AsSpan().ContainsAny(_gate)) return;
        if (NeedsContext && !_context!.In(s)) return;
        // a match that is refused may hide a right one that begins inside it: it is tried again from there, as often as the
        // text's length pays for
        var again = MinRetries + s.Length / CharactersARetry;
        for (var from = 0; from < s.Length;)
        {
            var (start, end) = (-1, -1);
            foreach (var match in _regex.EnumerateMatches(s, from))
            {
                (start, end) = (match.Index, match.Index + match.Length);
                break;
            }
            if (start < 0) return;
            from = end > start && (Take(text, start, end, findings) || again-- <= 0) ? end : start + 1;
        }
    }

    private const int MinRetries = 8, CharactersARetry = 64;

    /// <summary>Judges a match; false where it is none.</summary>
    private bool Take(NormalizedText text, int start, int end, List<Finding> findings)
    {
        var s = text.Text;
        if (!BordersFit(s, start, end)) return false;
        var near = _context is not null && (Window(s, start - Before, start, _context) || Window(s, end, end + After, _context));
        if (_unless is not null && Window(s, start - Before, start, _unless)) return false;
        if (NeedsContext && !near) return false;
        var value = Check is not null || Proof is not null ? s[start..end] : "";
        if (Check is not null && !Check(value)) return false;
        var proven = Check is not null && Proves || Proof is not null && Proof(value);
        var score = Math.Min(1, Score + (near ? ContextBoost : 0) + (proven && Proof is not null ? ProofBoost : 0));
        if (score >= Threshold) findings.Add(new Finding(text.Start(start), text.End(end), Type, score, Name, proven));
        return true;
    }

    private static bool Window(string all, int from, int to, WordSearch words) =>
        words.In(all.AsSpan(Math.Max(0, from), Math.Min(all.Length, to) - Math.Max(0, from)));

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
