using EdgeAgent.Privacy.Entities;
using EdgeAgent.Privacy.Entities.Alphabets;
using EdgeAgent.Privacy.Entities.Chinese;

namespace EdgeAgent.Tests.Privacy.Entities.Chinese;

public sealed class LatinWordsTests
{
    /// <summary>Words in Latin letters are cut where the case rises, unless they are known as they stand.</summary>
    [Theory]
    [InlineData("歌曲WestSideStory好", "West|Side|Story")]
    [InlineData("NFCBowl和NFC", "NFC|Bowl|NFC")]
    [InlineData("问McDonald", "McDonald")]
    [InlineData("SP-14报警", "SP")]
    [InlineData("没有", "")]
    public void At_WrittenTogether_AreCut(string text, string expected)
    {
        var words = new LatinWords(text, Lexicon.Build([new("\u0006mcdonald", (AlphabetLexicon.Last, 0))]));
        Assert.Equal(expected,
            string.Join('|',
                Enumerable.Range(0, text.Length).Where(i => words.At(i)?.Start == i)
                    .Select(i => text.Substring(i, words.At(i)!.Value.Length))));
    }

    [Fact]
    public void Beside_Neighbours_AreAtMostABlankAway()
    {
        var words = new LatinWords("问John Smith和Ann", Lexicon.Build(new Dictionary<string, (byte, byte)>()));
        var (john, smith, ann) = (words.At(1)!.Value, words.At(6)!.Value, words.At(12)!.Value);
        Assert.Equal(smith, words.Beside(john, 1));
        Assert.Equal(john, words.Beside(smith, -1));
        Assert.Null(words.Beside(smith, 1));
        Assert.Null(words.Beside(john, -1));
        Assert.Null(words.Beside(ann, 1));
    }
}
