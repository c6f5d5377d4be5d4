using T = EdgeAgent.Privacy.Entities.Chinese.CharacterTemplates;

namespace EdgeAgent.Privacy.Entities.Chinese;

/// <summary>
/// The features of each character of a Chinese sentence. The order of the features in a row stays as it is: trainings sum floats
/// in that order.
/// </summary>
internal sealed class ChineseCharacterFeatures(ChineseSentence sentence)
{
    /// <summary>Distances and lengths beyond these are not told apart.</summary>
    private const int MaxEndDistance = 6, MaxEndDistanceWithTag = 3, MaxSound = 8, MaxSoundPlace = 3, MaxWordLength = 4;

    /// <summary>Odds of three characters are weighed down to those of two.</summary>
    private const float ThreeToTwo = 1.5f;

    private readonly WordCut _words = sentence.Words;
    private readonly CharacterOdds[] _odds = sentence.Odds;

    /// <summary>Fills in the features of the character at a position.</summary>
    /// <param name="features">[width of <see cref="CharacterTemplates.Table"/>], zeroed.</param>
    public void Fill(int i, Span<uint> features)
    {
        var row = new FeatureRow(features);
        if (sentence.Latin.At(i) is { } latin)
        {
            // a word counts once: what is behind its first letter says nothing more
            if (latin.Start != i) return;
            AddLatin(ref row, i, latin);
        }
        AddCharacters(ref row, i);
        AddWords(ref row, i);
        if (sentence.Names.Sound(i).Length > 1) AddSound(ref row, i);
        AddNames(ref row, i);
        AddCovers(ref row, i);
        row.Add(T.Always, 0);
    }

    private void AddLatin(ref FeatureRow row, int i, LatinWords.Word latin)
    {
        uint before = LatinWords.TagOf(sentence.Latin.Beside(latin, -1)), behind = LatinWords.TagOf(sentence.Latin.Beside(latin, 1));
        row.Add(T.LatinTag, latin.Tag);
        row.Add(T.LatinTagBefore, latin.Tag, before);
        row.Add(T.LatinTagBehind, latin.Tag, behind);
        row.Add(T.LatinEnding, latin.Ending);
        row.Add(T.LatinWord, latin.Whole);
        row.Add(T.LatinAndBefore, latin.Tag, sentence.At(i - 1));
        row.Add(T.LatinAndBehind, latin.Tag, sentence.At(i + latin.Length));
        row.Add(T.BehindLatin, sentence.At(i + latin.Length));
    }

    private void AddCharacters(ref FeatureRow row, int i)
    {
        uint before2 = sentence.At(i - 2), before = sentence.At(i - 1), here = sentence.At(i), behind = sentence.At(i + 1),
            behind2 = sentence.At(i + 2);
        row.Add(T.Character[0], before2);
        row.Add(T.Character[1], before);
        row.Add(T.Character[2], here);
        row.Add(T.Character[3], behind);
        row.Add(T.Character[4], behind2);
        row.Add(T.Pair[0], before2, before);
        row.Add(T.Pair[1], before, here);
        row.Add(T.Pair[2], here, behind);
        row.Add(T.Pair[3], behind, behind2);
        row.Add(T.AroundPair, before, behind);
        row.Add(T.Triple[0], before2, before, here);
        row.Add(T.Triple[1], before, here, behind);
        row.Add(T.Triple[2], here, behind, behind2);
        row.Add(T.Kinds, ChineseSentence.Kind(before), ChineseSentence.Kind(here), ChineseSentence.Kind(behind));
    }

    private void AddWords(ref FeatureRow row, int i)
    {
        var (start, length, _) = _words[i];
        var (before, after, place) = (start - 1, start + length, WordCut.Place(i - start, length));
        uint tag = _words.Tag(i), tagBefore = _words.Tag(before), tagBehind = _words.Tag(after), wordBefore = _words.Hash(before),
            wordBehind = _words.Hash(after);
        row.Add(T.Word, _words.Hash(i), place);
        row.Add(T.Tag, tag, place);
        row.Add(T.WordBefore, wordBefore, place);
        row.Add(T.WordBehind, wordBehind, place);
        row.Add(T.TagsBefore, tagBefore, tag, place);
        row.Add(T.TagsBehind, tag, tagBehind, place);
        row.Add(T.WordBeforeAndTag, wordBefore, tag, place);
        row.Add(T.WordBehindAndTag, wordBehind, tag, place);
        row.Add(T.TagsAround, tagBefore, tag * 4 + place, tagBehind);
        var (distance, end) = sentence.Names.End(i);
        row.Add(T.NameEnd, end, (uint)Math.Min(distance, MaxEndDistance));
        row.Add(T.NameEndAndTag, end, tag, (uint)Math.Min(distance, MaxEndDistanceWithTag));
        var (secondBefore, secondBehind) = (_words.Before(_words.Before(start)), _words.After(after));
        row.Add(T.SecondWordBefore, _words.Hash(secondBefore), tag, place);
        row.Add(T.SecondWordBehind, _words.Hash(secondBehind), tag, place);
        row.Add(T.WordsAround, wordBefore, wordBehind, tag);
        row.Add(T.TwoTagsBefore, _words.Tag(secondBefore), tagBefore, tag);
        row.Add(T.TwoTagsBehind, tag, tagBehind, _words.Tag(secondBehind));
    }

    private void AddSound(ref FeatureRow row, int i)
    {
        var (start, length) = sentence.Names.Sound(i);
        var end = start + length;
        uint size = (uint)Math.Min(length, MaxSound), at = (uint)Math.Min(i - start, MaxSoundPlace),
            left = (uint)Math.Min(end - 1 - i, MaxSoundPlace);
        row.Add(T.Sound, size, at, left);
        row.Add(T.CharacterBeforeSound, sentence.At(start - 1), at);
        row.Add(T.CharacterBehindSound, sentence.At(end), left);
        row.Add(T.WordBeforeSound, _words.Hash(start - 1), size);
        row.Add(T.WordBehindSound, _words.Hash(end), size);
    }

    private void AddNames(ref FeatureRow row, int i)
    {
        var (score, length, at) = sentence.Names.Name(i);
        var name = length == 0 ? 0u : CharacterOdds.Bucket(score) * 16 + (uint)(length * 4 + at);
        var (start, wordLength, _) = _words[i];
        var place = WordCut.Place(i - start, wordLength);
        row.Add(T.Name, name);
        row.Add(T.NameAndWord, name, place, (uint)Math.Min(wordLength, MaxWordLength));
        row.Add(T.NameAndBefore, name, sentence.At(i - at - 1));
        row.Add(T.NameAndBehind, name, sentence.At(i - at + length));
        row.Add(T.NativeOdds, CharacterOdds.Bucket(_odds[i].First), CharacterOdds.Bucket(_odds[i].Last),
            CharacterOdds.Bucket(_odds[i].Surname));
        float before = sentence.ForeignAt(i - 1), here = _odds[i].Foreign, behind = sentence.ForeignAt(i + 1);
        row.Add(T.ForeignOdds, CharacterOdds.Bucket(before), CharacterOdds.Bucket(here), CharacterOdds.Bucket(behind));
        row.Add(T.ForeignOddsBefore, CharacterOdds.Bucket((sentence.ForeignAt(i - 2) + before + here) / ThreeToTwo));
        row.Add(T.ForeignOddsBehind, CharacterOdds.Bucket((here + behind + sentence.ForeignAt(i + 2)) / ThreeToTwo));
        row.Add(T.ForeignOddsAndTag, CharacterOdds.Bucket(here), _words.Tag(i), place);
    }

    private void AddCovers(ref FeatureRow row, int i)
    {
        uint all = 0;
        for (var k = 0; k < WordCut.Classes; k++)
        {
            var (length, at) = _words.Cover(i, k);
            if (length == 0) continue;
            var place = WordCut.Place(at, length);
            row.Add(T.Cover[k], length, place);
            all = all * 5 + place + 1 + (uint)k * 31;
        }
        row.Add(T.Covers, all);
        row.Add(T.CoversAndCharacter, all, sentence.At(i));
        if (i > 0) AddCoversBeside(ref row, i - 1, all, T.CoversBefore, T.CoversBeforeAndHere);
        if (i + 1 < sentence.Text.Length) AddCoversBeside(ref row, i + 1, all, T.CoversBehind, T.CoversBehindAndHere);
    }

    private void AddCoversBeside(ref FeatureRow row, int i, uint here, FeatureTemplate alone, FeatureTemplate together)
    {
        uint beside = 0;
        for (var k = 0; k < WordCut.Classes; k++)
        {
            var (length, at) = _words.Cover(i, k);
            // here a word of one character counts as one's beginning
            beside = beside * 4 + (length == 0 ? 0u : at == 0 ? 1u : at == length - 1 ? 2u : 3u);
        }
        row.Add(alone, beside);
        row.Add(together, beside, here);
    }
}
