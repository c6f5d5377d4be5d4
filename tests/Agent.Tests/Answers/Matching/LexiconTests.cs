using EdgeAgent.Answers.Matching;

namespace EdgeAgent.Tests.Answers.Matching;

/// <summary>The word lists can be read, and no entry is one that no question can meet.</summary>
public sealed class LexiconTests
{
    [Theory]
    [InlineData("stop-words.txt")]
    [InlineData("critical-terms.txt")]
    [InlineData("question-content.txt")]
    [InlineData("numerals.txt")]
    [InlineData("learning.txt")]
    [InlineData("roles.txt")]
    public void Read_EveryEntry_IsSpelledAsQuestionsAreNormalised(string file)
    {
        var lexicon = Lexicon.Read(file);
        Assert.NotEmpty(lexicon.Sections);
        foreach (var section in lexicon.Sections)
            foreach (var word in lexicon.Words(section))
            {
                if (file == "learning.txt") continue; // searched in the question as it was asked
                Assert.True(word == QuestionText.Normalize(word), $"{file} [{section}]: '{word}' is '{QuestionText.Normalize(word)}'");
                if (section.EndsWith("-han", StringComparison.Ordinal) || section == "endings") continue;
                if (section is "openings" or "closings") // phrases
                {
                    Assert.Equal(word.Split(' '), QuestionTokenizer.Tokenize(word));
                    continue;
                }
                Assert.True(QuestionTokenizer.Tokenize(word) is [var token] && token == word,
                    $"{file} [{section}]: '{word}' is no single token");
            }
    }
}
