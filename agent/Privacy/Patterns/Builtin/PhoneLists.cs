namespace EdgeAgent.Privacy.Patterns.Builtin;

/// <summary>
/// Finds the other numbers of a list of fixed lines: those of seven or eight digits behind a found number, whose area code they
/// share (021-52066273/52066274、52066280).
/// </summary>
internal sealed class PhoneLists : IRecognizer
{
    private const int MinDigits = 7, MaxDigits = 8, MaxBlanks = 2;
    private const string Separators = "/、,;~|-或和至";

    public string Name => "phone-list";

    public IReadOnlyList<string> Cues { get; } = PatternRecognizer.CuesOf(Characters.Digits);

    public void Find(NormalizedText text, List<Finding> findings)
    {
        var s = text.Text;
        for (var i = 0; i < findings.Count; i++) // what is added is looked at, too
        {
            if (findings[i].Type != EntityTypes.Phone) continue;
            var at = text.IndexOf(findings[i].End);
            var start = Separated(s, at);
            if (start == at) continue;
            var end = start;
            while (end < s.Length && end - start <= MaxDigits && char.IsAsciiDigit(s[end])) end++;
            if (end - start is not (MinDigits or MaxDigits) || !NumberBorders.IsWord(s, start, end)) continue;
            var (from, to) = (text.Start(start), text.End(PhoneSuffixes.LineEnd(s, end)));
            if (!findings.Exists(f => f.Start <= from && f.End >= to))
                findings.Add(new Finding(from, to, EntityTypes.Phone, findings[i].Score, Name, Validated: false));
        }
    }

    /// <summary>Behind one separator with blanks around it; the same position where there is none.</summary>
    private static int Separated(string s, int at)
    {
        var start = Blanks(s, at);
        return start < s.Length && Separators.Contains(s[start], StringComparison.Ordinal) ? Blanks(s, start + 1) : at;
    }

    private static int Blanks(string s, int at)
    {
        var start = at;
        while (start < s.Length && start - at < MaxBlanks && s[start] == ' ') start++;
        return start;
    }
}
