using System.Buffers;
using static EdgeAgent.Privacy.Entities.HanFeatures;

namespace EdgeAgent.Privacy.Entities;

/// <summary>
/// A Chinese sentence read with a lexicon: the likeliest cut into words, what covers each character, and the odds of names; from
/// it the features of characters and of whole spans.
/// </summary>
internal sealed class ChineseFeatures : ISpanFeatures
{
    private const int MaxWord = 6;

    /// <summary>log2 of the word list's total count: a word's score is its weight less this.</summary>
    private const float TotalWeight = 26;

    /// <summary>No entity has more characters, nor goes over a mark that ends a clause.</summary>
    private const int MaxSpan = 24;
    private static readonly SearchValues<char> Stops = SearchValues.Create("，。！？；：、,;!?\n“”《》");

    private readonly string _text;
    private readonly Lexicon _lexicon;
    private readonly int _count;
    private readonly (byte Length, byte At)[] _cover;
    private readonly (float Surname, float First, float Last, float Foreign, float Running)[] _odds;
    private readonly (int Start, int Length, uint Classes)[] _words;
    private readonly (int Start, int Length)[] _sounds;
    private readonly (float Score, int Length, int At)[] _names;
    private readonly (int Distance, uint End)[] _ends;
    private readonly LatinWords _latin;

    public ChineseFeatures(string text, Lexicon lexicon)
    {
        (_text, _lexicon, _count) = (text, lexicon, text.Length);
        _latin = new LatinWords(text, lexicon);
        var count = _count;
        // longest word of each class that covers a position: its length and where in it the position is
        _cover = new (byte Length, byte At)[count * 8];
        _odds = new (float Surname, float First, float Last, float Foreign, float Running)[count];
        Span<char> key = stackalloc char[2];
        for (var i = 0; i < count; i++)
            _odds[i] = text[i] < 0x4e00
                ? (NoOdds, NoOdds, NoOdds, NoOdds, NoRunning)
                : (Odds(lexicon, key, SurnameOdds, text[i]), Odds(lexicon, key, FirstOdds, text[i]), Odds(lexicon, key, LastOdds, text[i]),
                    Odds(lexicon, key, ForeignOdds, text[i]), RunningOdds(lexicon, key, text[i]));
        // the likeliest cut into words: score and length of the best last word up to a position, and that word's classes
        var cut = new (float Score, int Length, uint Classes)[count + 1];
        for (var i = 1; i <= count; i++) cut[i].Score = float.NegativeInfinity;
        for (var i = 0; i < count; i++)
        {
            // names nobody has listed: a surname and a given name, or characters that write sounds
            if (_odds[i].Surname > NoOdds)
                for (var length = 2; length <= 3 && i + length <= count; length++)
                {
                    var name = _odds[i].Surname + _odds[i].Running + _odds[i + 1].Running
                        + (length == 2 ? _odds[i + 1].Last : _odds[i + 1].First + _odds[i + 2].Last + _odds[i + 2].Running);
                    Arc(i, length, name - NamePenalty, NativeName);
                }
            var sound = 0f;
            for (var length = 1; length <= 8 && i + length <= count && _odds[i + length - 1].Foreign > NoOdds; length++)
            {
                sound += _odds[i + length - 1].Foreign + _odds[i + length - 1].Running;
                if (length > 1) Arc(i, length, sound - NamePenalty, ForeignName);
            }
            for (var length = 1; length <= Math.Min(MaxWord, count - i); length++)
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
                        if (_cover[(i + at) * 8 + k].Length < length) _cover[(i + at) * 8 + k] = ((byte)length, (byte)at);
                }
            }
        }
        void Arc(int from, int length, float by, uint classes)
        {
            if (cut[from].Score + by > cut[from + length].Score) cut[from + length] = (cut[from].Score + by, length, classes);
        }
        _words = new (int Start, int Length, uint Classes)[count];
        for (var end = count; end > 0; end -= cut[end].Length)
            for (var i = end - cut[end].Length; i < end; i++) _words[i] = (end - cut[end].Length, cut[end].Length, cut[end].Classes);
        // runs of characters that write foreign names by sound (the lexicon has them as single characters of the class proper name)
        _sounds = new (int Start, int Length)[count];
        for (var i = 0; i < count;)
        {
            var end = i;
            while (end < count && (text[end] is '·' or '•' || (lexicon.Classes(text.AsSpan(end, 1)) & Proper) != 0)) end++;
            for (var k = i; k < end; k++) _sounds[k] = (i, end - i);
            i = Math.Max(end, i + 1);
        }
        // the likeliest name that covers each position: its score, length and where in it that is
        _names = new (float Score, int Length, int At)[count];
        for (var i = 0; i + 1 < count; i++)
        {
            if (_odds[i].Surname <= NoOdds) continue;
            for (var length = 2; length <= 3 && i + length <= count; length++)
            {
                var score = _odds[i].Surname + (length == 2 ? _odds[i + 1].Last - 1 : _odds[i + 1].First + _odds[i + 2].Last);
                for (var at = 0; at < length; at++)
                    if (_names[i + at].Length == 0 || score > _names[i + at].Score) _names[i + at] = (score, length, at);
            }
        }
        // the next end of an organisation's or a place's name ahead, within the run of Han characters
        _ends = new (int Distance, uint End)[count];
        for (int i = count - 1, last = int.MaxValue / 2; i >= 0; i--)
        {
            if (text[i] < 0x4e00) last = int.MaxValue / 2;
            else if (NameEnds.Contains(text[i], StringComparison.Ordinal)
                || _words[i].Start == i && EndWord(text.AsSpan(i, _words[i].Length))) last = i;
            _ends[i] = last - i > 10 ? (0, 0u) : (last - i + 1, At(last));
        }
    }

    public void Fill(int i, Span<uint> f)
    {
        var n = 0;
        if (_latin.At(i) is { } latin)
        {
            // a word counts once: what is behind its first letter says nothing more
            if (latin.Start != i) return;
            uint before = Tag(_latin.Beside(latin, -1)), after = Tag(_latin.Beside(latin, 1));
            f[n++] = Mix.Hash(110, latin.Tag);
            f[n++] = Mix.Hash(111, latin.Tag, before);
            f[n++] = Mix.Hash(112, latin.Tag, after);
            f[n++] = Mix.Hash(113, latin.Ending);
            f[n++] = Mix.Hash(114, latin.Whole);
            f[n++] = Mix.Hash(115, latin.Tag, At(i - 1));
            f[n++] = Mix.Hash(116, latin.Tag, At(i + latin.Length));
            f[n++] = Mix.Hash(117, At(i + latin.Length));
        }
        for (var d = -2; d <= 2; d++) f[n++] = Mix.Hash(1 + (uint)(d + 2), At(i + d));
        for (var d = -2; d <= 1; d++) f[n++] = Mix.Hash(10 + (uint)(d + 2), At(i + d), At(i + d + 1));
        f[n++] = Mix.Hash(15, At(i - 1), At(i + 1));
        for (var d = -2; d <= 0; d++) f[n++] = Mix.Hash(16 + (uint)(d + 2), At(i + d), At(i + d + 1), At(i + d + 2));
        f[n++] = Mix.Hash(20, Kind(At(i - 1)), Kind(At(i)), Kind(At(i + 1)));
        var (start, span) = (_words[i].Start, _words[i].Length);
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
        f[n++] = Mix.Hash(100, _ends[i].End, (uint)Math.Min(_ends[i].Distance, 6));
        f[n++] = Mix.Hash(101, _ends[i].End, Tag(i), (uint)Math.Min(_ends[i].Distance, 3));
        f[n++] = Mix.Hash(102, Word(Before(Before(start))), Tag(i), within);
        f[n++] = Mix.Hash(103, Word(After(start + span)), Tag(i), within);
        f[n++] = Mix.Hash(104, Word(start - 1), Word(start + span), Tag(i));
        f[n++] = Mix.Hash(105, Tag(Before(Before(start))), Tag(start - 1), Tag(i));
        f[n++] = Mix.Hash(106, Tag(i), Tag(start + span), Tag(After(start + span)));
        if (_sounds[i].Length > 1)
        {
            uint length = (uint)Math.Min(_sounds[i].Length, 8), at = (uint)Math.Min(i - _sounds[i].Start, 3),
                left = (uint)Math.Min(_sounds[i].Start + _sounds[i].Length - 1 - i, 3);
            f[n++] = Mix.Hash(80, length, at, left);
            f[n++] = Mix.Hash(81, At(_sounds[i].Start - 1), at);
            f[n++] = Mix.Hash(82, At(_sounds[i].Start + _sounds[i].Length), left);
            f[n++] = Mix.Hash(83, Word(_sounds[i].Start - 1), length);
            f[n++] = Mix.Hash(84, Word(_sounds[i].Start + _sounds[i].Length), length);
        }
        var (nameScore, nameLength, nameAt) = _names[i];
        var name = nameLength == 0 ? 0u : Bucket(nameScore) * 16 + (uint)(nameLength * 4 + nameAt);
        f[n++] = Mix.Hash(90, name);
        f[n++] = Mix.Hash(91, name, within, (uint)Math.Min(span, 4));
        f[n++] = Mix.Hash(92, name, At(i - nameAt - 1));
        f[n++] = Mix.Hash(93, name, At(i - nameAt + nameLength));
        f[n++] = Mix.Hash(94, Bucket(_odds[i].First), Bucket(_odds[i].Last), Bucket(_odds[i].Surname));
        f[n++] = Mix.Hash(95, Bucket(ForeignAt(i - 1)), Bucket(_odds[i].Foreign), Bucket(ForeignAt(i + 1)));
        f[n++] = Mix.Hash(96, Bucket((ForeignAt(i - 2) + ForeignAt(i - 1) + _odds[i].Foreign) / 1.5f));
        f[n++] = Mix.Hash(97, Bucket((_odds[i].Foreign + ForeignAt(i + 1) + ForeignAt(i + 2)) / 1.5f));
        f[n++] = Mix.Hash(98, Bucket(_odds[i].Foreign), Tag(i), within);
        uint all = 0;
        for (var k = 0; k < 8; k++)
        {
            var (length, at) = _cover[i * 8 + k];
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
            if (i + d < 0 || i + d >= _count) continue;
            uint beside = 0;
            for (var k = 0; k < 8; k++)
                beside = beside * 4 + (_cover[(i + d) * 8 + k] is var (l, a) && l == 0 ? 0u : a == 0 ? 1u : a == l - 1 ? 2u : 3u);
            f[n++] = Mix.Hash(45 + (uint)(d + 1), beside);
            f[n++] = Mix.Hash(50 + (uint)(d + 1), beside, all);
        }
        f[n] = Mix.Hash(60, 0);
    }

    public int Width => 44;

    public bool IsBorder(int position) =>
        position == 0 || position == _count || !char.IsAsciiLetterOrDigit(_text[position])
        || !char.IsAsciiLetterOrDigit(_text[position - 1]);

    public bool CountsForBias(int position)
    {
        if (_latin.At(position) is { } word) return word.Start == position && !IsCode(word);
        return !char.IsAscii(_text[position]);
    }

    /// <summary>Letters with digits beside them.</summary>
    private bool IsCode(LatinWords.Word word) =>
        word.Start > 0 && char.IsAsciiDigit(_text[word.Start - 1])
        || word.Start + word.Length < _count && char.IsAsciiDigit(_text[word.Start + word.Length]);

    public int Longest(int start)
    {
        var most = Math.Min(MaxSpan, _count - start);
        var stop = _text.AsSpan(start, most).IndexOfAny(Stops);
        return stop < 0 ? most : Math.Max(1, stop);
    }

    void ISpanFeatures.Fill(int start, int end, Span<uint> f)
    {
        var n = 0;
        int length = end - start, last = end - 1;
        var size = (uint)Math.Min(length, 10);
        uint classes = length > MaxWord ? 0u : _lexicon.Classes(_text.AsSpan(start, length));
        var whole = length > MaxWord ? 0u : Mix.Of(_text.AsSpan(start, length));
        var aligned = (_words[start].Start == start ? 1u : 0) + (_words[last].Start + _words[last].Length == end ? 2u : 0);
        var cuts = 0u;
        uint tags = 0;
        for (var at = start; at < end; at = _words[at].Start + _words[at].Length, cuts++)
            tags = tags * 31 + (_words[at].Classes | (uint)Math.Min(_words[at].Length, 4) << 16) + 1;
        var many = Math.Min(cuts, 5);
        if (_run.Start != start || _run.End > end) _run = new Run(start, start, 0, float.MaxValue, 0, NoKind);
        while (_run.End < end) _run = Extend(_run);
        var (mean, least, kinds) = (_run.Foreign / length, _run.Least, _run.Kinds);
        var native = length is 2 or 3 && _odds[start].Surname > NoOdds
            ? Bucket(_odds[start].Surname + (length == 2 ? _odds[last].Last - 1 : _odds[start + 1].First + _odds[last].Last)) + 1
            : length is 3 or 4 && (_lexicon.Classes(_text.AsSpan(start, 2)) & Surname) != 0
            ? Bucket(6 + (length == 3 ? _odds[last].Last - 1 : _odds[start + 2].First + _odds[last].Last)) + 1 : 0u;
        uint sound = Bucket(mean) * 32 + Bucket(least);
        uint name = native * 1024 + (length > 1 && least > NoOdds ? Bucket(mean) : 0u);
        uint left = At(start - 1), right = At(end), leftTag = (aligned & 1) == 0 ? 9u : Tag(start - 1),
            rightTag = (aligned & 2) == 0 ? 9u : Tag(end);
        uint leftWord = start == 0 ? 1u : Word(start - 1), rightWord = end >= _count ? 2u : Word(end);
        f[n++] = Mix.Hash(201, size, kinds);
        f[n++] = Mix.Hash(202, classes, size);
        f[n++] = Mix.Hash(203, classes, aligned, many);
        f[n++] = Mix.Hash(204, aligned, many, size);
        f[n++] = Mix.Hash(205, left, right);
        f[n++] = Mix.Hash(206, left, size);
        f[n++] = Mix.Hash(207, right, size);
        f[n++] = Mix.Hash(208, At(start - 2), left, aligned & 1);
        f[n++] = Mix.Hash(209, right, At(end + 1), aligned >> 1);
        if (whole != 0) f[n++] = Mix.Hash(210, whole);
        f[n++] = Mix.Hash(211, At(last), size);
        f[n++] = Mix.Hash(212, At(last), At(last - 1), aligned >> 1);
        f[n++] = Mix.Hash(213, At(last), Word(last), many);
        f[n++] = Mix.Hash(214, At(start), size);
        f[n++] = Mix.Hash(215, At(start), At(last));
        f[n++] = Mix.Hash(216, native, size);
        f[n++] = Mix.Hash(217, sound, size);
        f[n++] = Mix.Hash(218, sound, kinds, aligned);
        f[n++] = Mix.Hash(219, kinds, right);
        f[n++] = Mix.Hash(220, kinds, left);
        f[n++] = Mix.Hash(221, leftWord, aligned & 1, name > 0 ? 1u : 0u);
        f[n++] = Mix.Hash(222, rightWord, aligned >> 1, name > 0 ? 1u : 0u);
        f[n++] = Mix.Hash(223, leftWord, rightWord);
        f[n++] = Mix.Hash(224, leftTag, classes * 32 + native, rightTag);
        f[n++] = Mix.Hash(225, name, left);
        f[n++] = Mix.Hash(226, name, right);
        f[n++] = Mix.Hash(227, leftWord, size);
        f[n++] = Mix.Hash(228, rightWord, size);
        f[n++] = Mix.Hash(229, At(last), right);
        f[n++] = Mix.Hash(230, left, At(start));
        if (many < 5) f[n++] = Mix.Hash(231, tags);
        if (many < 5) f[n++] = Mix.Hash(232, tags, leftTag);
        if (many < 5) f[n++] = Mix.Hash(233, tags, rightTag);
        f[n++] = Mix.Hash(234, _odds[last].Surname > _odds[last].Last ? 1u : 0u, native, right);
        f[n++] = Mix.Hash(235, name, size, aligned);
        if (_latin.At(start) is not { } firstWord || _latin.At(last) is not { } lastWord) return;
        // all in Latin letters: its words one after the other
        uint words = 0, all = 0, shared = 0xff;
        for (LatinWords.Word? word = firstWord; word is { } w && w.Start < end; word = _latin.Beside(w, 1), words++)
        {
            all = all * 31 + w.Tag;
            shared &= w.Tag - 1;
        }
        words = Math.Min(words, 4);
        f[n++] = Mix.Hash(240, all);
        f[n++] = Mix.Hash(241, all, left);
        f[n++] = Mix.Hash(242, all, right);
        f[n++] = Mix.Hash(243, firstWord.Tag, lastWord.Tag, words);
        f[n++] = Mix.Hash(244, lastWord.Ending, words);
        f[n++] = Mix.Hash(245, lastWord.Whole, words);
        f[n++] = Mix.Hash(246, shared, words);
        f[n] = Mix.Hash(247, left, right, words);
    }

    /// <summary>
    /// What a span's characters come to together; spans from one start are asked for one after the other, each a character longer.
    /// </summary>
    private readonly record struct Run(int Start, int End, float Foreign, float Least, uint Kinds, uint Last);

    private const uint NoKind = 99;
    private Run _run = new(-1, -1, 0, 0, 0, NoKind);

    private Run Extend(Run run)
    {
        var kind = Kind(At(run.End));
        var kinds = kind == run.Last ? run.Kinds : run.Kinds * 7 + kind + 1;
        var foreign = _odds[run.End].Foreign;
        return kind == 4
            ? run with { End = run.End + 1, Kinds = kinds, Last = kind }
            : run with
            {
                End = run.End + 1,
                Kinds = kinds,
                Last = kind,
                Foreign = run.Foreign + foreign,
                Least = Math.Min(run.Least, foreign)
            };
    }

    private float ForeignAt(int i) => i < 0 || i >= _count ? NoOdds : _odds[i].Foreign;
    private int Before(int i) => i <= 0 ? -1 : _words[i - 1].Start;
    private int After(int i) => i >= _count || i < 0 ? _count : _words[i].Start + _words[i].Length;
    private uint Word(int i) => i < 0 ? 1u : i >= _count ? 2u : Mix.Of(_text.AsSpan(_words[i].Start, _words[i].Length));
    private uint Tag(int i) => i < 0 || i >= _count ? 0x1000u : _words[i].Classes | (uint)Math.Min(_words[i].Length, 4) << 16;
    private static uint Tag(LatinWords.Word? word) => word is { } w ? w.Tag : 0;
    private uint At(int i) => i < 0 ? 1u : i >= _count ? 2u : char.IsAsciiDigit(_text[i]) ? '0' : _text[i];

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
    private static bool EndWord(ReadOnlySpan<char> word) =>
        word is "公司" or "大学" or "集团" or "学院" or "委员会" or "银行" or "中学" or "小学" or "医院" or "协会";

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
