using System.Globalization;
using System.Text.RegularExpressions;
using EdgeAgent.Knowledge.Index;

namespace EdgeAgent.Knowledge.Grounding;

/// <summary>
/// Whether every figure of an answer stands in a passage that it cites: each number with its unit, each code. The spelling of units does
/// not matter; nothing is converted. Numbers of list items and citation marks are none. Pure.
/// </summary>
internal static partial class FigureCheck
{
    /// <summary>Figures and codes of the answer that stand in none of the passages; empty for an answer that may be served.</summary>
    public static IReadOnlyList<string> Unsupported(string answer, IEnumerable<string> passages)
    {
        var (figures, codes) = (new HashSet<Figure>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var passage in passages)
        {
            var normal = Figures.Normalize(passage);
            foreach (var figure in Figures.Of(normal))
            {
                figures.Add(figure);
                figures.Add(figure with { Unit = "" }); // a bare number may be repeated without its unit, not with another one
            }
            codes.UnionWith(Figures.Codes(normal));
            codes.UnionWith(Figures.SpacedCodes(normal).Select(c => c.Joined));
        }
        var said = Figures.Normalize(Marks().Replace(ItemNumbers().Replace(answer, ""), " "));
        return [.. Figures.Of(said).Where(f => !figures.Contains(f)).Select(f => f.ToString())
            .Concat(Figures.Codes(said).Where(c => !codes.Contains(c))).Distinct()];
    }

    /// <summary>Numbers of the passages that an answer cites, in their order.</summary>
    public static IReadOnlyList<int> Cited(string answer) =>
        [.. Marks().Matches(answer).SelectMany(m => Digits().Matches(m.Value)).Select(d => int.Parse(d.Value, CultureInfo.InvariantCulture))
            .Distinct()];

    [GeneratedRegex(@"\[[0-9]{1,2}(?:\s?[,，、]\s?[0-9]{1,2})*\]", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Marks();

    [GeneratedRegex(@"^[ \t]*[0-9]{1,2}[.)、][ \t]",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.Multiline)]
    private static partial Regex ItemNumbers();

    [GeneratedRegex("[0-9]{1,2}", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Digits();
}
