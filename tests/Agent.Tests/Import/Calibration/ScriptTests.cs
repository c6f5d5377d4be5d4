using EdgeAgent.Import.Calibration;
using EdgeAgent.Inference.Tokenization;

namespace EdgeAgent.Tests.Import.Calibration;

public sealed class ScriptTests
{
    [Theory]
    [InlineData("请按停止键。Stop!", 5.0 / 9, 4.0 / 9)]
    [InlineData("SP-14?", 0, 1)]
    [InlineData("123 ...", 0, 0)]
    [InlineData("ремонт", 0, 0)]
    public void Share_OfAText_CountsItsLetters(string text, double han, double latin)
    {
        Assert.Equal(han, Script.Han.Share(text), 1e-9);
        Assert.Equal(latin, Script.Latin.Share(text), 1e-9);
    }

    /// <summary>The small bilingual vocabulary has both scripts; special tokens and bytes of characters belong to neither.</summary>
    [Fact]
    public void Tokens_OfABilingualVocabulary_AreWordsOfTheScript()
    {
        var tokenizer = TokenizerFile.Load(SharedData.Path("tokenizers", "minimind_tokenizer.json"));
        foreach (var (script, other) in new[] { (Script.Han, Script.Latin), (Script.Latin, Script.Han) })
        {
            var tokens = script.Tokens(tokenizer, tokenizer.Size);
            Assert.InRange(tokens.Count(t => t), SpokenScripts.MinTokens, tokenizer.Size);
            for (var id = 0; id < tokens.Length; id++)
            {
                if (!tokens[id]) continue;
                var text = tokenizer.Decode([id], keepSpecial: true);
                Assert.Equal((1.0, 0.0), (script.Share(text), other.Share(text)));
                Assert.DoesNotContain('\uFFFD', text);
            }
        }
    }
}
