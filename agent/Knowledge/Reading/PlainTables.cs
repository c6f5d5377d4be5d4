namespace EdgeAgent.Knowledge.Reading;

/// <summary>Tables of formats that know rows and cells but not always which row is the header. Pure.</summary>
internal static class PlainTables
{
    /// <summary>The first row is taken for the header where it has no number and another row has one.</summary>
    public static IEnumerable<Block> Rows(IReadOnlyList<IReadOnlyList<string>> rows, int? page, bool hasHeader = false)
    {
        if (rows.Count == 0) return [];
        var isHeader = hasHeader || rows.Count > 1 && rows[0].Count > 1 && !rows[0].Any(HasDigit) && rows.Skip(1).Any(r => r.Any(HasDigit));
        return TableRows.Of(isHeader ? [.. rows[0].Select(TextLines.Tidy)] : [], rows.Skip(isHeader ? 1 : 0), page);
    }

    private static bool HasDigit(string text) => text.AsSpan().ContainsAnyInRange('0', '9');
}
