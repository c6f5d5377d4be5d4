namespace EdgeAgent.Fleet;

/// <summary>Compares the names of a list with the devices that a site has. Pure.</summary>
internal static class DeviceNames
{
    /// <summary>What is wrong with the first unknown name; null if all are known.</summary>
    public static string? Problem(IEnumerable<string> names, IReadOnlyList<string> known, string site)
    {
        ArgumentNullException.ThrowIfNull(names);
        if (names.FirstOrDefault(n => !known.Contains(n, StringComparer.Ordinal)) is not { } unknown) return null;
        if (known.Count == 0) return $"no device '{unknown}': the broker knows no device of site '{site}'. Is --site right?";
        return $"no device '{unknown}' at site '{site}'; the nearest is '{Nearest(unknown, known)}'" +
            (known.Count > 1 ? $", one of {known.Count}" : "");
    }

    /// <summary>The known name with the fewest differences.</summary>
    public static string Nearest(string name, IReadOnlyList<string> known) =>
        known.MinBy(k => Distance(name.ToUpperInvariant(), k.ToUpperInvariant()))!;

    /// <summary>Letters to insert, delete or replace (Levenshtein).</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var (diagonal, left) = (row[0], i);
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var best = Math.Min(Math.Min(left, row[j]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                (diagonal, row[j], left) = (row[j], best, best);
            }
        }
        return row[b.Length];
    }
}
