using EdgeAgent.Answers.Matching;

namespace EdgeAgent.Knowledge.Index;

/// <summary>
/// Which kind of figure a question asks for, and which kinds a passage has: "how heavy" is answered by a figure in kilograms, whatever
/// words stand around it. Pure.
/// </summary>
internal static class Quantities
{
    /// <summary>Marks of terms that are kinds of figures.</summary>
    public const char Mark = '@';

    private static readonly ILookup<string, string> OfUnit = TermLexicon.File.Groups("quantities")
        .SelectMany(units => units.Select(unit => (unit, Term: Mark + units[0])))
        .ToLookup(p => p.unit, p => p.Term, StringComparer.Ordinal);

    private static readonly (string Phrase, string Term)[] Words = Phrases("quantity-words"), Asked = Phrases("quantities-asked");

    /// <summary>The kinds of a passage's figures, and of words that stand for one, such as daily.</summary>
    /// <param name="normal">The normalised text.</param>
    public static IEnumerable<string> OfPassage(string normal, IEnumerable<Figure> figures) => figures
        .Where(f => f.Unit.Length > 0).SelectMany(f => OfUnit[f.Unit])
        .Concat(Words.Where(w => Has(normal, w.Phrase)).Select(w => w.Term)).Distinct();

    /// <summary>The kinds of figures that a question asks for.</summary>
    /// <param name="normal">The normalised text.</param>
    public static IEnumerable<string> OfQuestion(string normal) =>
        Asked.Where(a => Has(normal, a.Phrase)).Select(a => a.Term).Distinct();

    private static (string, string)[] Phrases(string section) =>
        [.. TermLexicon.File.Sides(section).SelectMany(sides => sides[1].Select(phrase => (phrase, Mark + sides[0][0])))];

    /// <summary>Whether a text has a phrase: of Latin letters as whole words.</summary>
    private static bool Has(string text, string phrase)
    {
        for (var at = text.IndexOf(phrase, StringComparison.Ordinal); at >= 0;
            at = text.IndexOf(phrase, at + 1, StringComparison.Ordinal))
            if (QuestionTokenizer.IsHan(phrase[0]) || !IsLetter(text, at - 1) && !IsLetter(text, at + phrase.Length)) return true;
        return false;
    }

    private static bool IsLetter(string text, int at) => at >= 0 && at < text.Length && char.IsAsciiLetter(text[at]);
}
