using System.Globalization;

namespace EdgeAgent.Privacy.Entities;

/// <summary>Cuts a sentence into positions and describes each by hashed features. Width is the same for every position; 0 stands for none.</summary>
public interface IFeatures
{
    int Width { get; }

    /// <summary>Positions as (start, length) in the text.</summary>
    List<(int Start, int Length)> Positions(string text);

    /// <param name="features">[positions, <see cref="Width"/>], zeroed.</param>
    void Fill(string text, IReadOnlyList<(int Start, int Length)> positions, Lexicon lexicon, Span<uint> features);
}

/// <summary>Mixes numbers into a feature's hash (murmur3's finalizer).</summary>
internal static class Mix
{
    public static uint Hash(uint template, uint a, uint b = 0, uint c = 0)
    {
        var h = template * 0x9E3779B1u ^ a;
        h = (h ^ h >> 16) * 0x85EBCA6Bu ^ b;
        h = (h ^ h >> 13) * 0xC2B2AE35u ^ c;
        h = (h ^ h >> 16) * 0x27D4EB2Fu;
        h ^= h >> 15;
        return h == 0 ? 1 : h;
    }

    public static uint Of(ReadOnlySpan<char> text)
    {
        var h = 2166136261u;
        foreach (var c in text) h = (h ^ c) * 16777619u;
        return h;
    }
}

/// <summary>Chinese: every character is a position; neighbours, their pairs and triples, kinds of characters, and the words of the lexicon that cover it.</summary>
public sealed class HanFeatures : IFeatures
{
    private const int LongestWord = 6;

    /// <summary>log2 of the word list's total count: a word's score is its weight less this.</summary>
    private const float TotalWeight = 26;

    /// <summary>Lexicon classes: person, place, organisation, other proper name, other word, surname, place division, given name.</summary>
    public const byte Person = 1, Place = 2, Organization = 4, Proper = 8, Word = 16, Surname = 32, Division = 64, Given = 128;

    public int Width => 80;

    /// <summary>Keys of characters' odds in the lexicon, put before the character: how much likelier it is as a surname, as the first or last character of a given name, or in the sound of a foreign name, than in running text.</summary>
    public const char SurnameOdds = '\u0001', FirstOdds = '\u0002', LastOdds = '\u0003', ForeignOdds = '\u0004', Running = '\u0005';

    /// <summary>Odds are kept as 128 + <see cref="OddsScale"/> x log2; a character without any counts as this.</summary>
    public const float OddsScale = 10, NoOdds = -5;

    public List<(int Start, int Length)> Positions(string text)
    {
        var positions = new List<(int Start, int Length)>(text.Length);
        for (var i = 0; i < text.Length; i++) positions.Add((i, 1));
        return positions;
    }

    public void Fill(string text, IReadOnlyList<(int Start, int Length)> positions, Lexicon lexicon, Span<uint> features)
    {
        var count = text.Length;
        // longest word of each class that covers a position: its length and where in it the position is
        var cover = new (byte Length, byte At)[count * 8];
        var odds = new (float Surname, float First, float Last, float Foreign, float Running)[count];
        Span<char> key = stackalloc char[2];
        for (var i = 0; i < count; i++)
            odds[i] = text[i] < 0x4e00 ? (NoOdds, NoOdds, NoOdds, NoOdds, NoRunning) : (Odds(lexicon, key, SurnameOdds, text[i]), Odds(lexicon, key, FirstOdds, text[i]), Odds(lexicon, key, LastOdds, text[i]), Odds(lexicon, key, ForeignOdds, text[i]), RunningOdds(lexicon, key, text[i]));
        // the likeliest cut into words: score and length of the best last word up to a position, and that word's classes
        var cut = new (float Score, int Length, uint Classes)[count + 1];
        for (var i = 1; i <= count; i++) cut[i].Score = float.NegativeInfinity;
        for (var i = 0; i < count; i++)
        {
            // names nobody has listed: a surname and a given name, or characters that write sounds
            if (odds[i].Surname > NoOdds)
                for (var length = 2; length <= 3 && i + length <= count; length++)
                {
                    var name = odds[i].Surname + odds[i].Running + odds[i + 1].Running + (length == 2 ? odds[i + 1].Last : odds[i + 1].First + odds[i + 2].Last + odds[i + 2].Running);
                    Arc(i, length, name - NamePenalty, NativeName);
                }
            var sound = 0f;
            for (var length = 1; length <= 8 && i + length <= count && odds[i + length - 1].Foreign > NoOdds; length++)
            {
                sound += odds[i + length - 1].Foreign + odds[i + length - 1].Running;
                if (length > 1) Arc(i, length, sound - NamePenalty, ForeignName);
            }
            for (var length = 1; length <= Math.Min(LongestWord, count - i); length++)
            {
                var (classes, weight) = lexicon.Find(text.AsSpan(i, length));
                if (length > 1 && classes == 0) continue;
                var score = cut[i].Score + weight / 4f - TotalWeight;
                if (score > cut[i + length].Score) cut[i + length] = (score, length, classes);
                if (classes == 0) continue;
                for (var k = 0; k < 8; k++)
                {
                    if ((classes & 1 << k) == 0) continue;
                    for (var at = 0; at < length; at++)
                        if (cover[(i + at) * 8 + k].Length < length) cover[(i + at) * 8 + k] = ((byte)length, (byte)at);
                }
            }
        }
        void Arc(int from, int length, float by, uint classes)
        {
            if (cut[from].Score + by > cut[from + length].Score) cut[from + length] = (cut[from].Score + by, length, classes);
        }
        var words = new (int Start, int Length, uint Classes)[count];
        for (var end = count; end > 0; end -= cut[end].Length)
            for (var i = end - cut[end].Length; i < end; i++) words[i] = (end - cut[end].Length, cut[end].Length, cut[end].Classes);
        // runs of characters that write foreign names by sound (the lexicon has them as single characters of the class proper name)
        var sounds = new (int Start, int Length)[count];
        for (var i = 0; i < count;)
        {
            var end = i;
            while (end < count && (text[end] is '·' or '•' || (lexicon.Classes(text.AsSpan(end, 1)) & Proper) != 0)) end++;
            for (var k = i; k < end; k++) sounds[k] = (i, end - i);
            i = Math.Max(end, i + 1);
        }
        // the likeliest name that covers each position: its score, length and where in it that is
        var names = new (float Score, int Length, int At)[count];
        for (var i = 0; i + 1 < count; i++)
        {
            if (odds[i].Surname <= NoOdds) continue;
            for (var length = 2; length <= 3 && i + length <= count; length++)
            {
                var score = odds[i].Surname + (length == 2 ? odds[i + 1].Last - 1 : odds[i + 1].First + odds[i + 2].Last);
                for (var at = 0; at < length; at++)
                    if (names[i + at].Length == 0 || score > names[i + at].Score) names[i + at] = (score, length, at);
            }
        }
        float ForeignAt(int i) => i < 0 || i >= count ? NoOdds : odds[i].Foreign;
        // the next end of an organisation's or a place's name ahead, within the run of Han characters
        var ends = new (int Distance, uint End)[count];
        for (int i = count - 1, last = int.MaxValue / 2; i >= 0; i--)
        {
            if (text[i] < 0x4e00) last = int.MaxValue / 2;
            else if (NameEnds.Contains(text[i], StringComparison.Ordinal) || words[i].Start == i && EndWord(text.AsSpan(i, words[i].Length))) last = i;
            ends[i] = last - i > 10 ? (0, 0u) : (last - i + 1, At(last));
        }
        int Before(int i) => i <= 0 ? -1 : words[i - 1].Start;
        int After(int i) => i >= count || i < 0 ? count : words[i].Start + words[i].Length;
        uint Word(int i) => i < 0 ? 1u : i >= count ? 2u : Mix.Of(text.AsSpan(words[i].Start, words[i].Length));
        uint Tag(int i) => i < 0 || i >= count ? 0x1000u : words[i].Classes | (uint)Math.Min(words[i].Length, 4) << 16;
        uint At(int i) => i < 0 ? 1u : i >= count ? 2u : char.IsAsciiDigit(text[i]) ? '0' : text[i];
        for (var i = 0; i < count; i++)
        {
            var f = features.Slice(i * Width, Width);
            var n = 0;
            for (var d = -2; d <= 2; d++) f[n++] = Mix.Hash(1 + (uint)(d + 2), At(i + d));
            for (var d = -2; d <= 1; d++) f[n++] = Mix.Hash(10 + (uint)(d + 2), At(i + d), At(i + d + 1));
            f[n++] = Mix.Hash(15, At(i - 1), At(i + 1));
            for (var d = -2; d <= 0; d++) f[n++] = Mix.Hash(16 + (uint)(d + 2), At(i + d), At(i + d + 1), At(i + d + 2));
            f[n++] = Mix.Hash(20, Kind(At(i - 1)), Kind(At(i)), Kind(At(i + 1)));
            var (start, span) = (words[i].Start, words[i].Length);
            var within = span == 1 ? 0u : i == start ? 1u : i == start + span - 1 ? 2u : 3u;
            f[n++] = Mix.Hash(70, Word(i), within);
            f[n++] = Mix.Hash(71, Tag(i), within);
            f[n++] = Mix.Hash(72, Word(start - 1), within);
            f[n++] = Mix.Hash(73, Word(start + span), within);
            f[n++] = Mix.Hash(74, Tag(start - 1), Tag(i), within);
            f[n++] = Mix.Hash(75, Tag(i), Tag(start + span), within);
            f[n++] = Mix.Hash(76, Word(start - 1), Tag(i), within);
            f[n++] = Mix.Hash(77, Word(start + span), Tag(i), within);
            f[n++] = Mix.Hash(78, Tag(start - 1), Tag(i) * 4 + within, Tag(start + span));
            f[n++] = Mix.Hash(100, ends[i].End, (uint)Math.Min(ends[i].Distance, 6));
            f[n++] = Mix.Hash(101, ends[i].End, Tag(i), (uint)Math.Min(ends[i].Distance, 3));
            f[n++] = Mix.Hash(102, Word(Before(Before(start))), Tag(i), within);
            f[n++] = Mix.Hash(103, Word(After(start + span)), Tag(i), within);
            f[n++] = Mix.Hash(104, Word(start - 1), Word(start + span), Tag(i));
            f[n++] = Mix.Hash(105, Tag(Before(Before(start))), Tag(start - 1), Tag(i));
            f[n++] = Mix.Hash(106, Tag(i), Tag(start + span), Tag(After(start + span)));
            if (sounds[i].Length > 1)
            {
                uint length = (uint)Math.Min(sounds[i].Length, 8), at = (uint)Math.Min(i - sounds[i].Start, 3), left = (uint)Math.Min(sounds[i].Start + sounds[i].Length - 1 - i, 3);
                f[n++] = Mix.Hash(80, length, at, left);
                f[n++] = Mix.Hash(81, At(sounds[i].Start - 1), at);
                f[n++] = Mix.Hash(82, At(sounds[i].Start + sounds[i].Length), left);
                f[n++] = Mix.Hash(83, Word(sounds[i].Start - 1), length);
                f[n++] = Mix.Hash(84, Word(sounds[i].Start + sounds[i].Length), length);
            }
            var (nameScore, nameLength, nameAt) = names[i];
            var name = nameLength == 0 ? 0u : Bucket(nameScore) * 16 + (uint)(nameLength * 4 + nameAt);
            f[n++] = Mix.Hash(90, name);
            f[n++] = Mix.Hash(91, name, within, (uint)Math.Min(span, 4));
            f[n++] = Mix.Hash(92, name, At(i - nameAt - 1));
            f[n++] = Mix.Hash(93, name, At(i - nameAt + nameLength));
            f[n++] = Mix.Hash(94, Bucket(odds[i].First), Bucket(odds[i].Last), Bucket(odds[i].Surname));
            f[n++] = Mix.Hash(95, Bucket(ForeignAt(i - 1)), Bucket(odds[i].Foreign), Bucket(ForeignAt(i + 1)));
            f[n++] = Mix.Hash(96, Bucket((ForeignAt(i - 2) + ForeignAt(i - 1) + odds[i].Foreign) / 1.5f));
            f[n++] = Mix.Hash(97, Bucket((odds[i].Foreign + ForeignAt(i + 1) + ForeignAt(i + 2)) / 1.5f));
            f[n++] = Mix.Hash(98, Bucket(odds[i].Foreign), Tag(i), within);
            uint all = 0;
            for (var k = 0; k < 8; k++)
            {
                var (length, at) = cover[i * 8 + k];
                if (length == 0) continue;
                var place = length == 1 ? 0u : at == 0 ? 1u : at == length - 1 ? 2u : 3u;
                f[n++] = Mix.Hash(30 + (uint)k, length, place);
                all = all * 5 + place + 1 + (uint)k * 31;
            }
            f[n++] = Mix.Hash(40, all);
            f[n++] = Mix.Hash(41, all, At(i));
            // what lies beside: the classes around, and whether a surname begins here
            for (var d = -1; d <= 1; d += 2)
            {
                if (i + d < 0 || i + d >= count) continue;
                uint beside = 0;
                for (var k = 0; k < 8; k++) beside = beside * 4 + (cover[(i + d) * 8 + k] is var (l, a) && l == 0 ? 0u : a == 0 ? 1u : a == l - 1 ? 2u : 3u);
                f[n++] = Mix.Hash(45 + (uint)(d + 1), beside);
                f[n++] = Mix.Hash(50 + (uint)(d + 1), beside, all);
            }
            f[n] = Mix.Hash(60, 0);
        }
    }

    private static float Odds(Lexicon lexicon, Span<char> key, char kind, char c)
    {
        (key[0], key[1]) = (kind, c);
        var weight = lexicon.Find(key).Weight;
        return weight == 0 ? NoOdds : (weight - 128) / OddsScale;
    }

    /// <summary>log2 of how rare a name is among words; log2 of the share of a character nobody has counted.</summary>
    private const float NamePenalty = 9, NoRunning = -22;
    private const uint NativeName = 256, ForeignName = 512;

    private static float RunningOdds(Lexicon lexicon, Span<char> key, char c)
    {
        (key[0], key[1]) = (Running, c);
        var weight = lexicon.Find(key).Weight;
        return weight == 0 ? NoRunning : -weight / OddsScale;
    }

    private const string NameEnds = "省市县区镇乡村州国岛山河江湖海港路街道桥站寺庙宫厂院校馆社局部厅会党军团队行店司所台";
    private static bool EndWord(ReadOnlySpan<char> word) => word is "公司" or "大学" or "集团" or "学院" or "委员会" or "银行" or "中学" or "小学" or "医院" or "协会";

    private static uint Bucket(float score) => (uint)Math.Clamp((int)MathF.Floor(score) + 8, 0, 24);

    private static uint Kind(uint c) => c switch
    {
        < 3 => 0,
        '0' => 1,
        >= 'A' and <= 'Z' or >= 'a' and <= 'z' => 2,
        >= 0x4e00 and <= 0x9fff => 3,
        '·' or '•' => 4,
        _ => 5,
    };
}

/// <summary>English and other alphabets: words, numbers and marks are positions; the word, its ends and shape, its neighbours, and the lists that know it.</summary>
public sealed class WordFeatures : IFeatures
{
    /// <summary>Lexicon classes: first name, last name, city, country or region, company, street word, common word, title.</summary>
    public const byte First = 1, Last = 2, City = 4, Region = 8, Company = 16, Street = 32, Common = 64, Title = 128;

    private const int LongestPhrase = 4;

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
            if (char.IsLetter(c)) while (end < text.Length && (char.IsLetter(text[end]) || CharUnicodeInfo.GetUnicodeCategory(text[end]) == UnicodeCategory.NonSpacingMark || text[end] is '\'' or '’' && end + 1 < text.Length && char.IsLetter(text[end + 1]) && text[end + 1] != 's')) end++;
            else if (char.IsDigit(c)) while (end < text.Length && char.IsDigit(text[end])) end++;
            positions.Add((i, end - i));
            i = end;
        }
        return positions;
    }

    public void Fill(string text, IReadOnlyList<(int Start, int Length)> positions, Lexicon lexicon, Span<uint> features)
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
            for (var p = 2; p <= Math.Min(LongestPhrase, count - i); p++)
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
    }

    /// <summary>Kinds of characters, runs shortened: Xx for Paris, X for ABB, x., d for numbers by length, the mark itself.</summary>
    private static uint Shape(ReadOnlySpan<char> word)
    {
        if (char.IsDigit(word[0])) return 10 + (uint)Math.Min(word.Length, 6);
        if (!char.IsLetter(word[0])) return 100 + (uint)word[0];
        bool first = char.IsUpper(word[0]), restUpper = false, restLower = false;
        foreach (var c in word[1..]) (restUpper, restLower) = (restUpper || char.IsUpper(c), restLower || char.IsLower(c));
        return 20 + (first ? 1u : 0) + (restUpper ? 2u : 0) + (restLower ? 4u : 0) + (word.Length == 1 ? 8u : 0) + (word[0] > 0x24f ? 16u : 0);
    }
}
