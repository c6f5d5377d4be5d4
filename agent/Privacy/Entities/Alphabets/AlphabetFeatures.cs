using System.Globalization;
using T = EdgeAgent.Privacy.Entities.Alphabets.AlphabetTemplates;

namespace EdgeAgent.Privacy.Entities.Alphabets;

/// <summary>
/// Features of English and other alphabets. Words, numbers, marks and ends of lines are positions: the word, its first and last
/// letters and its shape, its neighbours, and the lists that know it (<see cref="AlphabetLexicon"/>). The order of the features in
/// a row stays as it is: trainings sum floats in that order.
/// </summary>
public sealed class AlphabetFeatures : IFeatures
{
    /// <inheritdoc/>
    public int Width => T.Table.Width;

    /// <inheritdoc/>
    public List<(int Start, int Length)> Positions(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var positions = new List<(int Start, int Length)>();
        var isHead = true; // of a line: marks that quote it are no words
        for (var i = 0; i < text.Length;)
        {
            var c = text[i];
            if (isHead && LineHeads.IsQuote(c))
            {
                i++;
                continue;
            }
            isHead = c == '\n';
            // a line's end is a position: addresses and letter heads are made of lines
            var length = isHead ? 1 : char.IsWhiteSpace(c) ? 0 : WordLength(text, i);
            if (length > 0) positions.Add((i, length));
            i += Math.Max(1, length);
        }
        return positions;
    }

    /// <inheritdoc/>
    public ISpanFeatures? Fill(string text, IReadOnlyList<(int Start, int Length)> positions, Lexicon lexicon, Span<uint> features)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(positions);
        var sentence = new AlphabetSentence(text, positions, lexicon);
        for (var i = 0; i < positions.Count; i++) Fill(sentence, i, features.Slice(i * Width, Width));
        return null;
    }

    /// <inheritdoc/>
    public IEnumerable<(int Start, int End, string Type)> Tidy(string text, IEnumerable<(int Start, int End, int Type)> found) =>
        AddressSpans.Join(text, found).Where(e => EntityModel.IsValue(text.AsSpan(e.Start, e.End - e.Start)))
            .SelectMany(e => AddressSpans.Tidy(text, e.Start, e.End, EntityLabels.Types[e.Type]));

    /// <summary>Length of the word, number or mark that begins at a position.</summary>
    private static int WordLength(string text, int start)
    {
        var end = start + 1;
        if (char.IsLetter(text[start])) while (end < text.Length && GoesOn(text, end)) end++;
        else if (char.IsDigit(text[start])) while (end < text.Length && char.IsDigit(text[end])) end++;
        return end - start;
    }

    /// <summary>Whether a word goes on: with a letter, a mark over one, or an apostrophe (O'Brien) other than the genitive's.</summary>
    private static bool GoesOn(string text, int i) =>
        char.IsLetter(text[i]) || CharUnicodeInfo.GetUnicodeCategory(text[i]) == UnicodeCategory.NonSpacingMark
        || text[i] is '\'' or '’' && i + 1 < text.Length && char.IsLetter(text[i + 1]) && text[i + 1] != 's';

    private static void Fill(AlphabetSentence s, int i, Span<uint> features)
    {
        var row = new FeatureRow(features);
        for (var k = 0; k <= 2 * T.Window; k++)
        {
            var at = i + k - T.Window;
            row.Add(T.Word[k], s.Word(at));
            row.Add(T.Shape[k], s.Shape(at), s.Case);
            row.Add(T.Classes[k], s.Classes(at));
        }
        uint before = s.Word(i - 1), word = s.Word(i), behind = s.Word(i + 1), shape = s.Shape(i), classesBefore = s.Classes(i - 1),
            classes = s.Classes(i), classesBehind = s.Classes(i + 1);
        row.Add(T.WordBefore, before, word);
        row.Add(T.WordBehind, word, behind);
        row.Add(T.WordsAround, before, behind);
        row.Add(T.TwoBefore, s.Word(i - 2), before);
        row.Add(T.TwoBehind, behind, s.Word(i + 2));
        row.Add(T.ShapesAround, s.Shape(i - 1), shape, s.Shape(i + 1));
        row.Add(T.ClassesBefore, classesBefore, classes);
        row.Add(T.ClassesBehind, classes, classesBehind);
        row.Add(T.ClassesAround, classesBefore, classes, classesBehind);
        row.Add(T.ClassesAndShapes, classes, shape, s.Shape(i + 1));
        row.Add(T.WordBeforeAndClasses, before, shape, classes);
        row.Add(T.WordBehindAndClasses, behind, shape, classes);
        var lower = s.Lower(i);
        for (var k = 0; k < Math.Min(T.MaxAffix, lower.Length); k++)
        {
            row.Add(T.Prefix[k], FeatureHash.Of(lower[..(k + 1)]));
            row.Add(T.Suffix[k], FeatureHash.Of(lower[^(k + 1)..]));
        }
        for (var k = 0; k < AlphabetLexicon.Classes; k++)
            if ((s.OwnClasses(i) & 1 << k) != 0) row.Add(T.ClassAndShape[k], shape, s.Case);
        row.Add(T.Case, s.Case);
    }
}
