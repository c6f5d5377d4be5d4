using System.Buffers;
using System.Text.RegularExpressions;

namespace EdgeAgent.Privacy.Patterns;

/// <summary>What may not stand beside a match (<see cref="NumberBorders"/> has the rule).</summary>
internal enum Borders
{
    /// <summary>No ASCII letter, digit or underscore. Han characters may: regex word borders fail beside them.</summary>
    Word,

    /// <summary>As <see cref="Word"/>; nor a joint that makes the match part of a longer number.</summary>
    Number,

    /// <summary>Anything may.</summary>
    None,
}

/// <summary>
/// A pattern, a check of the values that match it, and words that make it likely. The pattern runs on the non-backtracking engine:
/// time is linear in the text whatever the text is. Context words are looked for without case, in a window before and behind.
/// </summary>
internal sealed class PatternRecognizer : IRecognizer
{
    /// <summary>Characters before and behind a match in which context words count.</summary>
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

    /// <summary>Type of the findings.</summary>
    public string Type { get; }

    /// <summary>Score of a bare match, 0..1.</summary>
    public double Score { get; init; } = 0.5;

    /// <summary>
    /// How many characters of a match are the value, from its beginning; 0 for none. A pattern takes the longest text it can, which may
    /// run into the next number. Null: the match is the value.
    /// </summary>
    public Func<string, int>? Fit { get; init; }

    /// <summary>A match that fails the check is no finding.</summary>
    public Func<string, bool>? Check { get; init; }

    /// <summary>Whether passing the check validates the finding: a checksum or a parser does, a length or a range does not.</summary>
    public bool Proves { get; init; } = true;

    /// <summary>Validates a match that counts without it, too, and raises its score.</summary>
    public Func<string, bool>? Proof { get; init; }

    /// <summary>
    /// Where a value ends, given the text and where its match ends: behind an extension of a telephone number, say. Null: there.
    /// </summary>
    public Func<string, int, int>? Extend { get; init; }

    /// <summary>What may stand beside a match.</summary>
    public Borders Borders { get; init; } = Borders.Word;

    /// <summary>Words near a match that raise the score.</summary>
    public IReadOnlyList<string> Context { init => _context = value.Count > 0 ? new WordSearch(value) : null; }

    /// <summary>Whether context words count only as whole words: mac is none in machine.</summary>
    public bool WholeWords { get; init; }

    /// <summary>Words before a match that say it is something else.</summary>
    public IReadOnlyList<string> Unless { init => _unless = new WordSearch(value); }

    /// <summary>Says of a match that the words around it name it as something else.</summary>
    public Func<string, int, int, bool>? IsCalledOtherwise { get; init; }

    /// <summary>Whether a match without a context word near it is no finding.</summary>
    public bool NeedsContext { get; init; }

    /// <summary>Characters one of which every match has: texts without them are not searched.</summary>
    public string Gate
    {
        init
        {
            _gate = SearchValues.Create(value);
            if (Cues.Count == 0) Cues = CuesOf(value);
        }
    }

    /// <summary>The characters of <see cref="Gate"/> where nothing else is set.</summary>
    public IReadOnlyList<string> Cues { get; init; } = [];

    /// <summary>Cues of one character each.</summary>
    public static IReadOnlyList<string> CuesOf(string characters) => [.. characters.Select(c => c.ToString())];

    /// <summary>What a context word near a match, and a proof, add to its score; and the least score of a finding.</summary>
    public const double ContextBoost = 0.35, ProofBoost = 0.2, Threshold = 0.4;

    /// <summary>Matches that are tried again from inside, at least, and one more for so many characters of the text.</summary>
    private const int MinRetries = 8, CharactersARetry = 64;

    public void Find(NormalizedText text, List<Finding> findings)
    {
        var s = text.Text;
        if (_gate is not null && !s.AsSpan().ContainsAny(_gate)) return;
        if (NeedsContext && !_context!.In(s)) return;
        // a rejected match may hide a good one that begins inside it: the search goes on from there, a bounded number of times, so
        // that time stays linear
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
            var taken = end > start ? Take(text, start, end, findings) : 0;
            from = taken > 0 ? taken : end > start && again-- <= 0 ? end : start + 1;
        }
    }

    /// <summary>Checks a match and adds it if it is sure enough; returns its end, 0 where it is rejected.</summary>
    private int Take(NormalizedText text, int start, int end, List<Finding> findings)
    {
        var s = text.Text;
        var value = Check is not null || Proof is not null || Fit is not null ? s[start..end] : "";
        if (Fit is not null)
        {
            var length = Fit(value);
            if (length == 0) return 0;
            (value, end) = (value[..length], start + length);
        }
        if (Extend is not null) end = Extend(s, end);
        if (!BordersFit(s, start, end)) return 0;
        var near = _context is not null && (Window(s, start - Before, start, _context) || Window(s, end, end + After, _context));
        if (_unless is not null && Window(s, start - Before, start, _unless)) return 0;
        if (NeedsContext && !near) return 0;
        if (Check is not null && !Check(value)) return 0;
        if (IsCalledOtherwise is not null && IsCalledOtherwise(s, start, end)) return end;
        var proven = Check is not null && Proves || Proof is not null && Proof(value);
        var score = Math.Min(1, Score + (near ? ContextBoost : 0) + (proven && Proof is not null ? ProofBoost : 0));
        if (score >= Threshold) findings.Add(new Finding(text.Start(start), text.End(end), Type, score, Name, proven));
        return end;
    }

    private bool Window(string all, int from, int to, WordSearch words)
    {
        var (start, end) = (Math.Max(0, from), Math.Min(all.Length, to));
        return WholeWords ? words.InAsWord(all, start, end) : words.In(all.AsSpan(start, end - start));
    }

    private bool BordersFit(string s, int start, int end) => Borders switch
    {
        Borders.None => true,
        Borders.Word => NumberBorders.IsWord(s, start, end),
        _ => NumberBorders.IsWord(s, start, end) && NumberBorders.IsNumber(s, start, end),
    };
}
