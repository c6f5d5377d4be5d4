using EdgeAgent.Privacy.Entities;
using EdgeAgent.Privacy.Entities.Chinese;

namespace EdgeAgent.Tests.Privacy.Entities.Chinese;

public sealed class ChineseSpanFeaturesTests
{
    /// <summary>
    /// An operating point above 0 must not make entities of codes, whose characters would each add to it; a word of letters adds once.
    /// </summary>
    [Theory]
    [InlineData("张伟在3号", "11101")]
    [InlineData("问Klaus吧", "1100001")]
    [InlineData("问MaryAnn吧", "110001001")]
    [InlineData("程序abcdefghijklmnopqrstuvwxy好", "1110000000000000000000000001")]
    [InlineData("备件SP14缺", "1100001")]
    [InlineData("扭矩25.5", "110000")]
    public void CountsForBias_NamesDo_WordsOfLettersOnceAndCodesNot(string text, string counts)
    {
        var features =
            new ChineseSpanFeatures(new ChineseSentence(text, Lexicon.Build(new Dictionary<string, (byte, byte)>())));
        Assert.Equal(counts, string.Concat(Enumerable.Range(0, text.Length).Select(i => features.CountsForBias(i) ? '1' : '0')));
    }
}
