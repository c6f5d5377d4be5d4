namespace EdgeAgent.Privacy.Entities.Alphabets;

/// <summary>
/// Tidies what the model for alphabets finds. Places in a row are separate places. An address in running text is one span. An
/// address in a block of lines is given by its parts (number, street, unit, town, country, postcode), as in forms and letter heads.
/// Pure; positions are UTF-16 units of the text, ends exclusive.
/// </summary>
internal static class AddressSpans
{
    /// <summary>Lines from which an address is a block.</summary>
    private const int BlockLines = 3;

    /// <summary>Digits in a row that no name of a person or organisation has.</summary>
    private const int LongNumber = 5;

    /// <summary>Characters between the streets of a corner: a house number that the model left out, and the word.</summary>
    private const int MaxBetween = 12;

    private static readonly string[] Corner = ["the corner of ", "corner of "];

    /// <summary>Splits and trims one entity.</summary>
    public static IEnumerable<(int Start, int End, string Type)> Tidy(string text, int start, int end, string type)
    {
        if (type == EntityTypes.Location) return Places(text, start, end).Select(p => (p.Start, p.End, type));
        // a telephone number beside a name is not part of it
        var (from, to) = Trim(text, start, end);
        while (Digits(text, from, to, forward: true) is >= LongNumber and var head) (from, to) = Trim(text, from + head, to);
        while (Digits(text, from, to, forward: false) is >= LongNumber and var tail) (from, to) = Trim(text, from, to - tail);
        return from < to ? [(from, to, type)] : [];
    }

    private static IEnumerable<(int Start, int End)> Places(string text, int start, int end)
    {
        var span = text.AsSpan(start, end - start);
        if (!span.ContainsAnyInRange('0', '9')) return Split(text, start, end, [',', '\n', ';']);
        var lines = Split(text, start, end, ['\n']).ToList();
        if (lines.Count < BlockLines || start > 0 && LineHeads.TextStart(text, start) < start) return [Trim(text, start, end)];
        return lines.SelectMany(l => Parts(text, l.Start, l.End));
    }

    /// <summary>
    /// Joins what the model saw as two places: a street with its number and the town behind a comma, and the streets of a corner. A
    /// number before an address is part of it (36 29 Mill Lane).
    /// </summary>
    public static List<(int Start, int End, int Type)> Join(string text, IEnumerable<(int Start, int End, int Type)> found)
    {
        var joined = new List<(int Start, int End, int Type)>();
        foreach (var place in found)
        {
            var next = IsPlace(place.Type) ? place with { Start = NumberStart(text, place.Start, place.End) } : place;
            if (joined.Count > 0 && joined[^1] is var first && IsPlace(first.Type) && IsPlace(next.Type)
                && CornerStart(text, first.Start, first.End, next.Start) is var corner && corner >= 0)
            {
                joined[^1] = first with { Start = corner, End = next.End };
                continue;
            }
            if (joined.Count > 0 && joined[^1] is var last && IsPlace(last.Type) && IsPlace(next.Type)
                && char.IsAsciiDigit(text[last.Start]) && text.AsSpan(last.Start, last.End - last.Start).ContainsAnyLetter()
                && text.AsSpan(last.End, next.Start - last.End) is ", ") joined[^1] = last with { End = next.End };
            else joined.Add(next);
        }
        return joined;
    }

    /// <summary>Where an address begins with the number before it; where that is none, at its own start.</summary>
    private static int NumberStart(string text, int start, int end)
    {
        if (start < 2 || text[start - 1] != ' ' || !text.AsSpan(start, end - start).ContainsAnyInRange('0', '9')
            || !text.AsSpan(start, end - start).ContainsAnyLetter()) return start;
        var digits = start - 1;
        while (digits > 0 && char.IsAsciiDigit(text[digits - 1])) digits--;
        var isNumber = start - 1 - digits is > 0 and < LongNumber && (digits == 0 || text[digits - 1] is ' ' or '\n' or ':' or ',');
        return isNumber ? digits : start;
    }

    /// <summary>Where the corner of two streets begins: the corner of Mill Lane and 5th Avenue; -1 where they are none.</summary>
    private static int CornerStart(string text, int first, int firstEnd, int second)
    {
        var between = text.AsSpan(firstEnd, second - firstEnd);
        if (between.Length > MaxBetween || !between.Contains(" and ", StringComparison.OrdinalIgnoreCase)) return -1;
        var before = text.AsSpan(0, first);
        foreach (var words in Corner)
            if (before.EndsWith(words, StringComparison.OrdinalIgnoreCase)) return first - words.Length;
        return -1;
    }

    private static bool IsPlace(int type) => EntityLabels.Types[type] == EntityTypes.Location;

    /// <summary>Splits off a number before a street that has its own, and a postcode behind a town or country.</summary>
    private static IEnumerable<(int Start, int End)> Parts(string text, int start, int end)
    {
        var head = Digits(text, start, end, forward: true);
        if (head > 0 && start + head < end && text[start + head] == ' '
            && text.AsSpan(start + head, end - start - head).ContainsAnyInRange('0', '9')
            && text.AsSpan(start, end - start).ContainsAnyLetter())
        {
            yield return (start, start + head);
            (start, end) = Trim(text, start + head, end);
            yield return (start, end);
            yield break;
        }
        var tail = Digits(text, start, end, forward: false);
        if (tail >= LongNumber && end - tail > start && text[end - tail - 1] == ' ')
        {
            foreach (var part in Split(text, start, end - tail, [','])) yield return part;
            yield return (end - tail, end);
            yield break;
        }
        yield return (start, end);
    }

    private static int Digits(string text, int start, int end, bool forward)
    {
        var n = 0;
        while (n < end - start && char.IsAsciiDigit(text[forward ? start + n : end - 1 - n])) n++;
        return n;
    }

    private static IEnumerable<(int Start, int End)> Split(string text, int start, int end, char[] at)
    {
        while (start < end)
        {
            var cut = text.IndexOfAny(at, start, end - start);
            if (cut < 0) cut = end;
            var part = Trim(text, start, cut);
            if (part.Start < part.End) yield return part;
            start = cut + 1;
        }
    }

    private static (int Start, int End) Trim(string text, int start, int end)
    {
        while (start < end && IsBeforeName(text[start])) start++;
        while (start < end && IsBehindName(text[end - 1])) end--;
        return (start, end);

        static bool IsBeforeName(char c) => char.IsWhiteSpace(c) || LineHeads.IsQuote(c) || c is ',' or ':' or '.';
        static bool IsBehindName(char c) => char.IsWhiteSpace(c) || c is ',' or ':' or ';' or '?' or '!' or '-';
    }
}
