using System.Globalization;

namespace EdgeAgent.Privacy.Entities;

/// <summary>
/// English and other alphabets: words, numbers and marks are positions; the word, its ends and shape, its neighbours, and the
/// lists that know it.
/// </summary>
internal sealed class WordFeatures : IFeatures
{
    /// <summary>Lexicon classes: first name, last name, city, country or region, company, street word, common word, title.</summary>
    public const byte First = 1, Last = 2, City = 4, Region = 8, Company = 16, Street = 32, Common = 64, Title = 128;

    private const int MaxPhrase = 4;

    public int Width => 48;

    public List<(int Start, int Length)> Positions(string text)
    {
        var positions = new List<(int Start, int Length)>();
        var head = true; // of a line: marks that quote it are no words
        for (var i = 0; i < text.Length;)
        {
            var c = text[i];
            if (head && Spans.IsQuote(c))
            {
                i++;
                continue;
            }
            head = c == '\n';
            if (char.IsWhiteSpace(c))
            {
                // a line's end is a position: addresses and letter heads are made of lines
                if (c == '\n') positions.Add((i, 1));
                i++;
                continue;
            }
            var end = i + 1;
            if (char.IsLetter(c))
                while (end < text.Length
                    && (char.IsLetter(text[end]) || CharUnicodeInfo.GetUnicodeCategory(text[end]) == UnicodeCategory.NonSpacingMark
                        || text[end] is '\'' or '’' && end + 1 < text.Length && char.IsLetter(text[end + 1]) && text[end + 1] != 's'))
                    end++;
            else if (char.IsDigit(c)) while (end < text.Length && char.IsDigit(text[end])) end++;
            positions.Add((i, end - i));
            i = end;
        }
        return positions;
    }

    public ISpanFeatures? Fill(string text, IReadOnlyList<(int Start, int Length)> positions, Lexicon lexicon, Span<uint> features)
    {
        var count = positions.Count;
        var lower = text.ToLowerInvariant();
        var words = new uint[count];
        var shapes = new uint[count];
        var classes = new byte[count];
        var begins = new byte[count]; // classes of phrases that begin here, and that go on here
        var inside = new byte[count];
        for (var i = 0; i < count; i++)
        {
            var (start, length) = positions[i];
            words[i] = char.IsDigit(text[start]) ? 3 + (uint)Math.Min(length, 6) : Mix.Of(lower.AsSpan(start, length));
            shapes[i] = Shape(text.AsSpan(start, length));
            classes[i] = lexicon.Classes(lower.AsSpan(start, length));
            for (var p = 2; p <= Math.Min(MaxPhrase, count - i); p++)
            {
                var found = lexicon.Classes(lower.AsSpan(start, positions[i + p - 1].Start + positions[i + p - 1].Length - start));
                if (found == 0) continue;
                begins[i] |= found;
                for (var k = 1; k < p; k++) inside[i + k] |= found;
            }
        }
        uint W(int i) => i < 0 ? 1u : i >= count ? 2u : words[i];
        uint S(int i) => i < 0 ? 1u : i >= count ? 2u : shapes[i];
        uint C(int i) => i < 0 || i >= count ? 0xfff : classes[i] | (uint)begins[i] << 8 | (uint)inside[i] << 16;
        var capitals = positions.Count(p => char.IsUpper(text[p.Start]));
        uint cased = capitals == 0 ? 0u : capitals * 2 > count ? 2u : 1u;
        for (var i = 0; i < count; i++)
        {
            var f = features.Slice(i * Width, Width);
            var n = 0;
            var word = lower.AsSpan(positions[i].Start, positions[i].Length);
            for (var d = -2; d <= 2; d++)
            {
                f[n++] = Mix.Hash(101 + (uint)(d + 2), W(i + d));
                f[n++] = Mix.Hash(111 + (uint)(d + 2), S(i + d), cased);
                f[n++] = Mix.Hash(121 + (uint)(d + 2), C(i + d));
            }
            f[n++] = Mix.Hash(130, W(i - 1), W(i));
            f[n++] = Mix.Hash(131, W(i), W(i + 1));
            f[n++] = Mix.Hash(132, W(i - 1), W(i + 1));
            f[n++] = Mix.Hash(133, W(i - 2), W(i - 1));
            f[n++] = Mix.Hash(134, W(i + 1), W(i + 2));
            f[n++] = Mix.Hash(135, S(i - 1), S(i), S(i + 1));
            f[n++] = Mix.Hash(136, C(i - 1), C(i));
            f[n++] = Mix.Hash(137, C(i), C(i + 1));
            f[n++] = Mix.Hash(138, C(i - 1), C(i), C(i + 1));
            f[n++] = Mix.Hash(139, C(i), S(i), S(i + 1));
            f[n++] = Mix.Hash(140, W(i - 1), S(i), C(i));
            f[n++] = Mix.Hash(141, W(i + 1), S(i), C(i));
            for (var k = 1; k <= Math.Min(4, word.Length); k++)
            {
                f[n++] = Mix.Hash(150 + (uint)k, Mix.Of(word[..k]));
                f[n++] = Mix.Hash(160 + (uint)k, Mix.Of(word[^k..]));
            }
            for (var k = 0; k < 8; k++)
                if ((classes[i] & 1 << k) != 0) f[n++] = Mix.Hash(170 + (uint)k, S(i), cased);
            f[n] = Mix.Hash(190, cased);
        }
        return null;
    }

    /// <summary>Kinds of characters, runs shortened: Xx for Paris, X for ABB, x., d for numbers by length, the mark itself.</summary>
    private static uint Shape(ReadOnlySpan<char> word)
    {
        if (char.IsDigit(word[0])) return 10 + (uint)Math.Min(word.Length, 6);
        if (!char.IsLetter(word[0])) return 100 + (uint)word[0];
        bool first = char.IsUpper(word[0]), restUpper = false, restLower = false;
        foreach (var c in word[1..]) (restUpper, restLower) = (restUpper || char.IsUpper(c), restLower || char.IsLower(c));
        return 20 + (first ? 1u : 0) + (restUpper ? 2u : 0) + (restLower ? 4u : 0) + (word.Length == 1 ? 8u : 0)
            + (word[0] > 0x24f ? 16u : 0);
    }
}
