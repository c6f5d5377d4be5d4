using System.Buffers;

namespace EdgeAgent.Privacy.Patterns;

/// <summary>
/// Tells whether words say that a number is something of the trade: a part number, an order, a serial number. Such a word outweighs
/// a checksum that one number in ten passes, unless a word for the number's own type stands nearer. A word counts before the number
/// without a mark between them (料号 4012888888881881), and behind it where no other number follows it (4012888888881881 是料号).
/// </summary>
/// <param name="own">Context words of the number's own type.</param>
internal sealed class OtherNumbers(IReadOnlyList<string> own)
{
    private const int Before = 24, Behind = 14, MaxNumberBehindWord = 4;
    private static readonly SearchValues<char> Marks = SearchValues.Create(",，。;；!！?？\n");

    private static readonly WordSearch Other = new(ContextWords.Of("other numbers"));
    private readonly WordSearch _own = new([.. own, .. ContextWords.Of("payment")]);

    /// <param name="end">Exclusive.</param>
    public bool Names(string text, int start, int end)
    {
        var from = Math.Max(0, start - Before);
        var (ownStart, other) = (_own.Last(text, from, start).End, Other.Last(text, from, start).End);
        if (ownStart >= 0 || other >= 0) return other > ownStart && text.AsSpan(other, start - other).IndexOfAny(Marks) < 0;
        var to = end;
        while (to < text.Length && to - end < Behind && !Marks.Contains(text[to])
            && !char.IsAsciiDigit(text[to])) to++;
        if (Other.Last(text, end, to).End is var word && word < 0 || _own.Last(text, end, to).End >= 0) return false;
        for (var i = word; i < Math.Min(text.Length, word + MaxNumberBehindWord); i++)
            if (char.IsAsciiDigit(text[i])) return false;
        return true;
    }
}
