using System.Buffers;
using T = EdgeAgent.Privacy.Entities.Chinese.SpanTemplates;

namespace EdgeAgent.Privacy.Entities.Chinese;

/// <summary>
/// The features of each span of characters of a Chinese sentence. The order of the features in a row stays as it is: trainings sum
/// floats in that order.
/// </summary>
internal sealed class ChineseSpanFeatures(ChineseSentence sentence) : ISpanFeatures
{
    /// <summary>No entity has more characters, nor goes over a mark that ends a clause.</summary>
    private const int MaxSpan = 24;
    private static readonly SearchValues<char> ClauseEnds = SearchValues.Create("，。！？；：、,;!?\n“”《》");

    /// <summary>Sizes and numbers of words beyond these are not told apart.</summary>
    private const int MaxSize = 10, MaxWords = 5, MaxLatinWords = 4;

    /// <summary>The score of a surname of two characters, which have no odds of their own.</summary>
    private const float LongSurname = 6;

    /// <summary>Stands for the word beyond an end that cuts a word in two.</summary>
    private const uint CutTag = 9;

    private readonly string _text = sentence.Text;
    private readonly WordCut _words = sentence.Words;
    private readonly CharacterOdds[] _odds = sentence.Odds;
    private Run _run = Run.From(-1);

    public int Width => T.Table.Width;

    public bool IsBorder(int position) =>
        position == 0 || position == _text.Length || !char.IsAsciiLetterOrDigit(_text[position])
        || !char.IsAsciiLetterOrDigit(_text[position - 1]);

    public bool CountsForBias(int position)
    {
        if (sentence.Latin.At(position) is { } word) return word.Start == position && !IsCode(word);
        return !char.IsAscii(_text[position]);
    }

    public int MaxLength(int start)
    {
        var max = Math.Min(MaxSpan, _text.Length - start);
        var end = _text.AsSpan(start, max).IndexOfAny(ClauseEnds);
        return end < 0 ? max : Math.Max(1, end);
    }

    public void Fill(int start, int end, Span<uint> features)
    {
        var span = Read(start, end);
        var row = new FeatureRow(features);
        AddShape(ref row, span);
        AddNames(ref row, span);
        if (sentence.Latin.At(start) is { } first && sentence.Latin.At(end - 1) is { } last) AddLatin(ref row, span, first, last);
    }

    /// <summary>What the features are made of.</summary>
    /// <param name="Size">Characters, at most <see cref="MaxSize"/>.</param>
    /// <param name="Classes">Of the span as a word of the lexicon.</param>
    /// <param name="Aligned">Bits: 1 where it begins with a word of the cut, 2 where it ends with one.</param>
    /// <param name="Words">Words of the cut it begins or holds, at most <see cref="MaxWords"/>.</param>
    /// <param name="Tags">Of these words, one after the other.</param>
    /// <param name="Kinds">Of its characters, runs of one kind shortened.</param>
    /// <param name="Native">Odds as a native name, 0 for none.</param>
    /// <param name="Sound">Odds of its characters in foreign names: the mean and the least.</param>
    /// <param name="Name">Odds as a native and as a foreign name, 0 for none.</param>
    private readonly record struct Reading(int Start, int End, uint Size, uint Classes, uint Aligned, uint Words, uint Tags, uint Kinds,
        uint Native, uint Sound, uint Name, uint Left, uint Right)
    {
        public int Last => End - 1;
    }

    private Reading Read(int start, int end)
    {
        int length = end - start, last = end - 1;
        var classes = length > ChineseLexicon.MaxWord ? 0u : sentence.Lexicon.Classes(_text.AsSpan(start, length));
        var aligned = (_words[start].Start == start ? 1u : 0) + (_words[last].Start + _words[last].Length == end ? 2u : 0);
        uint words = 0, tags = 0;
        for (var at = start; at < end; at = _words.After(at), words++) tags = tags * 31 + WordCut.TagOf(_words[at]) + 1;
        if (_run.Start != start || _run.End > end) _run = Run.From(start);
        while (_run.End < end) _run = _run.Extended(ChineseSentence.Kind(sentence.At(_run.End)), _odds[_run.End].Foreign);
        var (mean, min) = (CharacterOdds.Bucket(_run.Foreign / length), CharacterOdds.Bucket(_run.Min));
        var native = Native(start, length);
        return new Reading(start, end, (uint)Math.Min(length, MaxSize), classes, aligned, Math.Min(words, MaxWords), tags, _run.Kinds,
            native, mean * 32 + min, native * 1024 + (length > 1 && _run.Min > CharacterOdds.None ? mean : 0u), sentence.At(start - 1),
            sentence.At(end));
    }

    private uint Native(int start, int length)
    {
        if (length is 2 or 3 && _odds[start].Surname > CharacterOdds.None)
            return CharacterOdds.Bucket(NameCues.NameScore(_odds, start, length)) + 1;
        if (length is not (3 or 4) || (sentence.Lexicon.Classes(_text.AsSpan(start, 2)) & ChineseLexicon.Surname) == 0) return 0;
        return CharacterOdds.Bucket(LongSurname + NameCues.GivenScore(_odds, start + 2, length - 2)) + 1;
    }

    private void AddShape(ref FeatureRow row, in Reading s)
    {
        uint first = sentence.At(s.Start), last = sentence.At(s.Last);
        row.Add(T.Kinds, s.Size, s.Kinds);
        row.Add(T.Classes, s.Classes, s.Size);
        row.Add(T.ClassesAndCut, s.Classes, s.Aligned, s.Words);
        row.Add(T.Cut, s.Aligned, s.Words, s.Size);
        row.Add(T.Neighbours, s.Left, s.Right);
        row.Add(T.Left, s.Left, s.Size);
        row.Add(T.Right, s.Right, s.Size);
        row.Add(T.TwoLeft, sentence.At(s.Start - 2), s.Left, s.Aligned & 1);
        row.Add(T.TwoRight, s.Right, sentence.At(s.End + 1), s.Aligned >> 1);
        if (s.End - s.Start <= ChineseLexicon.MaxWord && FeatureHash.Of(_text.AsSpan(s.Start, s.End - s.Start)) is var text and not 0)
            row.Add(T.Text, text);
        row.Add(T.Last, last, s.Size);
        row.Add(T.LastTwo, last, sentence.At(s.Last - 1), s.Aligned >> 1);
        row.Add(T.LastAndItsWord, last, _words.Hash(s.Last), s.Words);
        row.Add(T.First, first, s.Size);
        row.Add(T.FirstAndLast, first, last);
    }

    private void AddNames(ref FeatureRow row, in Reading s)
    {
        var isName = s.Name > 0 ? 1u : 0u;
        uint left = _words.Hash(s.Start - 1), right = _words.Hash(s.End);
        uint leftTag = (s.Aligned & 1) == 0 ? CutTag : _words.Tag(s.Start - 1),
            rightTag = (s.Aligned & 2) == 0 ? CutTag : _words.Tag(s.End);
        row.Add(T.Native, s.Native, s.Size);
        row.Add(T.Sound, s.Sound, s.Size);
        row.Add(T.SoundAndKinds, s.Sound, s.Kinds, s.Aligned);
        row.Add(T.KindsAndRight, s.Kinds, s.Right);
        row.Add(T.KindsAndLeft, s.Kinds, s.Left);
        row.Add(T.LeftWordAndIsName, left, s.Aligned & 1, isName);
        row.Add(T.RightWordAndIsName, right, s.Aligned >> 1, isName);
        row.Add(T.NeighbourWords, left, right);
        row.Add(T.NeighbourTags, leftTag, s.Classes * 32 + s.Native, rightTag);
        row.Add(T.NameAndLeft, s.Name, s.Left);
        row.Add(T.NameAndRight, s.Name, s.Right);
        row.Add(T.LeftWord, left, s.Size);
        row.Add(T.RightWord, right, s.Size);
        row.Add(T.LastAndRight, sentence.At(s.Last), s.Right);
        row.Add(T.LeftAndFirst, s.Left, sentence.At(s.Start));
        if (s.Words < MaxWords)
        {
            row.Add(T.Tags, s.Tags);
            row.Add(T.TagsAndLeft, s.Tags, leftTag);
            row.Add(T.TagsAndRight, s.Tags, rightTag);
        }
        row.Add(T.EndsInSurname, _odds[s.Last].Surname > _odds[s.Last].Last ? 1u : 0u, s.Native, s.Right);
        row.Add(T.Name, s.Name, s.Size, s.Aligned);
    }

    private void AddLatin(ref FeatureRow row, in Reading s, LatinWords.Word first, LatinWords.Word last)
    {
        uint words = 0, tags = 0, shared = LatinWords.AllClasses;
        for (LatinWords.Word? word = first; word is { } w && w.Start < s.End; word = sentence.Latin.Beside(w, 1), words++)
        {
            tags = tags * 31 + w.Tag;
            shared &= w.Tag - 1;
        }
        words = Math.Min(words, MaxLatinWords);
        row.Add(T.LatinTags, tags);
        row.Add(T.LatinTagsAndLeft, tags, s.Left);
        row.Add(T.LatinTagsAndRight, tags, s.Right);
        row.Add(T.FirstAndLastLatin, first.Tag, last.Tag, words);
        row.Add(T.LatinEnding, last.Ending, words);
        row.Add(T.LastLatinWord, last.Whole, words);
        row.Add(T.SharedLatinClasses, shared, words);
        row.Add(T.LatinNeighbours, s.Left, s.Right, words);
    }

    /// <summary>Letters with digits beside them.</summary>
    private bool IsCode(LatinWords.Word word) =>
        word.Start > 0 && char.IsAsciiDigit(_text[word.Start - 1])
        || word.Start + word.Length < _text.Length && char.IsAsciiDigit(_text[word.Start + word.Length]);

    /// <summary>
    /// What a span's characters come to together. Spans from one start are asked for in order of their length, so that each run
    /// extends the one before.
    /// </summary>
    /// <param name="Foreign">Sum of the odds in foreign names, without name dots.</param>
    /// <param name="Min">The least of them.</param>
    /// <param name="LastKind">Kind of the last character.</param>
    private readonly record struct Run(int Start, int End, float Foreign, float Min, uint Kinds, uint LastKind)
    {
        private const uint NoKind = 99;

        public static Run From(int start) => new(start, start, 0, float.MaxValue, 0, NoKind);

        public Run Extended(uint kind, float foreign)
        {
            var run = this with { End = End + 1, Kinds = kind == LastKind ? Kinds : Kinds * 7 + kind + 1, LastKind = kind };
            return kind == ChineseSentence.NameDotKind ? run
                : run with { Foreign = Foreign + foreign, Min = Math.Min(Min, foreign) };
        }
    }
}
