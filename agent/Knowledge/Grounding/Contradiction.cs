using System.Globalization;
using EdgeAgent.Knowledge.Index;

namespace EdgeAgent.Knowledge.Grounding;

/// <summary>Two documents that give different figures for the same subject.</summary>
/// <param name="Says">Figures of the first that the second has otherwise.</param>
/// <param name="OtherSays">Those of the second.</param>
internal sealed record Contradiction(Citation One, IReadOnlyList<string> Says, Citation Other, IReadOnlyList<string> OtherSays)
{
    /// <summary>Share of terms that two quotations have together, from which on they speak of the same.</summary>
    private const double SameSubject = 0.6;

    /// <summary>Years that an edition may name.</summary>
    private const int FirstYear = 1980, LastYear = 2100;

    /// <summary>The first pair of citations that differ; null where none do. Pure.</summary>
    public static Contradiction? Find(IReadOnlyList<Citation> citations)
    {
        for (var a = 0; a < citations.Count; a++)
            for (var b = a + 1; b < citations.Count; b++)
                if (Between(citations[a], citations[b]) is { } found) return found;
        return null;
    }

    /// <summary>The citation of the newer edition, where both documents name its year in their title or their file's name.</summary>
    public Citation? Newer => (Year(One.Document), Year(Other.Document)) is ({ } one, { } other) && one != other
        ? one > other ? One : Other : null;

    /// <summary>What each says, and which is the newer one.</summary>
    public string Line(bool isChinese)
    {
        var newer = Newer is { } one
            ? isChinese ? $"较新的是 [{one.Number}]（{Shown(one)} 年版）。" : $" The newer edition is [{one.Number}] ({Shown(one)})." : "";
        return isChinese
            ? $"文档说法不一：[{One.Number}] {string.Join("、", Says)}，[{Other.Number}] {string.Join("、", OtherSays)}。{newer}"
            : $"The documents differ: [{One.Number}] says {string.Join(", ", Says)}, [{Other.Number}] says "
                + $"{string.Join(", ", OtherSays)}.{newer}";
    }

    private static string Shown(Citation citation) => Year(citation.Document)!.Value.ToString(CultureInfo.InvariantCulture);

    private static Contradiction? Between(Citation one, Citation other)
    {
        if (one.Document.Id == other.Document.Id) return null;
        var (mine, theirs) = (Only(one, other), Only(other, one));
        return mine.Count > 0 && theirs.Count > 0 && SpeakOfTheSame([.. Terms.OfPassage(one.Text)], [.. Terms.OfPassage(other.Text)])
            ? new Contradiction(one, mine, other, theirs) : null;
    }

    /// <summary>Whether the shorter of two texts has its codes, and most of its words, in the longer one.</summary>
    private static bool SpeakOfTheSame(HashSet<string> one, HashSet<string> other)
    {
        var (less, more) = one.Count <= other.Count ? (one, other) : (other, one);
        var words = less.Where(IsWord).ToList();
        return less.Where(t => t[0] == Terms.CodeMark).All(more.Contains) && words.Count(more.Contains) >= SameSubject * words.Count;
    }

    /// <summary>Figures that one quotation has and the other has otherwise: with the same unit, another number.</summary>
    private static List<string> Only(Citation one, Citation other)
    {
        var (mine, theirs) = (Figures.Of(Figures.Normalize(one.Text)), Figures.Of(Figures.Normalize(other.Text)));
        var units = theirs.Except(mine).Select(f => f.Unit).Where(u => u.Length > 0).ToHashSet(StringComparer.Ordinal);
        return [.. mine.Except(theirs).Where(f => units.Contains(f.Unit)).Select(f => f.ToString())];
    }

    private static bool IsWord(string term) => term[0] is not (Terms.FigureMark or Quantities.Mark)
        && !term.AsSpan().ContainsAnyInRange('0', '9');

    /// <summary>The year of a document's edition, in its title or its file's name; null where neither names one.</summary>
    internal static int? Year(SourceDocument document) =>
        Year(document.Title, isName: false) ?? Year(Path.GetFileNameWithoutExtension(document.Id), isName: true);

    /// <param name="isName">Of a file: there a hyphen joins words, in a title it belongs to a code such as LX-2000.</param>
    private static int? Year(string text, bool isName)
    {
        for (var i = 0; i + 4 <= text.Length; i++)
            if ((i == 0 || !char.IsLetterOrDigit(text[i - 1]) && (isName || text[i - 1] != '-'))
                && (i + 4 == text.Length || !char.IsAsciiLetterOrDigit(text[i + 4]))
                && int.TryParse(text.AsSpan(i, 4), NumberStyles.None, CultureInfo.InvariantCulture, out var year)
                && year is >= FirstYear and <= LastYear) return year;
        return null;
    }
}
