namespace EdgeAgent.Privacy;

/// <summary>
/// Decides between findings that overlap. A validated one wins; else the longer; else the one with the higher score; else the type
/// that stands earlier in <see cref="EntityTypes.Priority"/>; else the earlier. The others are dropped as a whole.
/// </summary>
internal static class SpanResolver
{
    public static IReadOnlyList<Finding> Resolve(IEnumerable<Finding> findings)
    {
        var chosen = new List<Finding>();
        var taken = new SortedSet<(int Start, int End)>(Comparer<(int Start, int End)>.Create((a, b) => a.Start.CompareTo(b.Start)));
        foreach (var finding in findings.Where(f => f.Length > 0).OrderByDescending(f => f.Validated).ThenByDescending(f => f.Length)
            .ThenByDescending(f => f.Score).ThenBy(f => Rank(f.Type)).ThenBy(f => f.Start))
        {
            // the chosen span that starts last before this one's end must end before it begins
            var before = taken.GetViewBetween((int.MinValue, 0), (finding.End - 1, 0)).Max;
            if (before != default && before.End > finding.Start) continue;
            taken.Add((finding.Start, finding.End));
            chosen.Add(finding);
        }
        chosen.Sort((a, b) => a.Start.CompareTo(b.Start));
        return chosen;
    }

    private static int Rank(string type)
    {
        for (var i = 0; i < EntityTypes.Priority.Count; i++)
            if (EntityTypes.Priority[i] == type) return i;
        return EntityTypes.Priority.Count;
    }
}
