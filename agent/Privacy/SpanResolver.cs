namespace EdgeAgent.Privacy;

/// <summary>
/// Decides between findings that overlap. A validated one wins; else the longer; else the one with the higher score; else the type
/// that stands earlier in <see cref="EntityTypes.Priority"/>; else the earlier. Of the others nothing is lost: one of the winner's
/// type makes the winner longer, and of one of another type what is left of it stays a finding. Pure.
/// </summary>
internal static class SpanResolver
{
    /// <param name="text">That the findings are of: a rest without a letter or digit is none.</param>
    public static IReadOnlyList<Finding> Resolve(string text, IEnumerable<Finding> findings)
    {
        var chosen = new List<Finding>();
        var group = new List<Finding>(); // findings that hang together by overlaps
        var end = 0;
        foreach (var finding in findings.Where(f => f.Length > 0).OrderBy(f => f.Start))
        {
            if (finding.Start >= end && group.Count > 0) Flush();
            group.Add(finding);
            end = Math.Max(end, finding.End);
        }
        Flush();
        return chosen;

        void Flush()
        {
            if (group.Count == 1) chosen.Add(group[0]);
            else chosen.AddRange(ResolveGroup(text, group));
            group.Clear();
        }
    }

    private static List<Finding> ResolveGroup(string text, List<Finding> group)
    {
        var winners = new List<Finding>(); // in the order of their starts, without overlaps
        foreach (var finding in group.OrderByDescending(f => f.Validated).ThenByDescending(f => f.Length)
            .ThenByDescending(f => f.Score).ThenBy(f => Rank(f.Type)).ThenBy(f => f.Start))
            Add(text, winners, finding);
        return winners;
    }

    /// <summary>Adds what the winners leave of a finding.</summary>
    private static void Add(string text, List<Finding> winners, Finding finding)
    {
        var at = finding.Start;
        for (var i = FirstEndingBehind(winners, at); at < finding.End; i++)
        {
            var next = i < winners.Count && winners[i].Start < finding.End ? winners[i] : null;
            var end = next?.Start ?? finding.End;
            if (end > at)
            {
                if (next is not null && next.Type == finding.Type) winners[i] = next with { Start = at };
                else if (at > finding.Start && winners[i - 1].Type == finding.Type) winners[i - 1] = winners[i - 1] with { End = end };
                else if (Rest(text, finding, at, end) is { } rest) winners.Insert(i++, rest);
            }
            at = next?.End ?? end;
        }
    }

    /// <summary>Index of the first winner that ends behind a position.</summary>
    private static int FirstEndingBehind(List<Finding> winners, int position)
    {
        var (low, high) = (0, winners.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (winners[middle].End > position) high = middle;
            else low = middle + 1;
        }
        return low;
    }

    /// <summary>A part of a finding without the blanks and marks at its ends; null where nothing is left.</summary>
    private static Finding? Rest(string text, Finding finding, int start, int end)
    {
        if (start == finding.Start && end == finding.End) return finding;
        while (start < end && !char.IsLetterOrDigit(text[start])) start++;
        while (end > start && !char.IsLetterOrDigit(text[end - 1])) end--;
        return end > start ? finding with { Start = start, End = end } : null;
    }

    private static int Rank(string type)
    {
        for (var i = 0; i < EntityTypes.Priority.Count; i++)
            if (EntityTypes.Priority[i] == type) return i;
        return EntityTypes.Priority.Count;
    }
}
