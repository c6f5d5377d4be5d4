using EdgeAgent.Import.Calibration;
using EdgeAgent.Inference;
using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Tokenization;
using EdgeAgent.Tests.Bundles;

namespace EdgeAgent.Tests.Import.Calibration;

/// <summary>With the small bilingual vocabulary, and students that go on in the scripts a test says.</summary>
public sealed class SpokenScriptsTests
{
    private static readonly Dictionary<string, object?> Variables = new() { ["bos_token"] = "<|im_start|>" };

    /// <summary>Goes on in the script of the last token, or always in English.</summary>
    private sealed class Speaker(bool[] latin, bool[] han, bool bilingual) : IDecoder
    {
        private readonly float[] _logits = new float[SpokenScripts.Trials * han.Length];

        public int Rows => SpokenScripts.Trials;
        public int Context => SpokenScripts.TrialLength;
        public int Vocabulary => han.Length;
        public int MaxChunk => 1;
        public long CacheBytes => 0;

        public ReadOnlySpan<float> Decode(ReadOnlySpan<int> ids, ReadOnlySpan<int> positions)
        {
            for (var r = 0; r < ids.Length; r++)
            {
                var next = bilingual && han[ids[r]] ? han : latin;
                for (var id = 0; id < next.Length; id++) _logits[r * next.Length + id] = next[id] ? 0 : -20;
            }
            return _logits.AsSpan(0, ids.Length * Vocabulary);
        }

        public ReadOnlySpan<float> Prefill(int row, ReadOnlySpan<int> ids, int start) => throw new NotSupportedException();
        public void CopyRow(int from, int to, int length) => throw new NotSupportedException();
        public void Dispose()
        {
        }
    }

    private static WritingPlan Plan(Tokenizer tokenizer, string template, params int[] ends) =>
        new(new StudentText(tokenizer, new ChatTemplate(template)), Variables, ends);

    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 0)]
    public void Of_AStudent_AreThoseItGoesOnIn(bool bilingual, int scripts)
    {
        var tokenizer = TokenizerFile.Load(SharedData.Path("tokenizers", "minimind_tokenizer.json"));
        bool[] latin = Script.Latin.Tokens(tokenizer, tokenizer.Size), han = Script.Han.Tokens(tokenizer, tokenizer.Size);
        var spoken = SpokenScripts.Of(Plan(tokenizer, ChatTemplate.Plain, 2), tokenizer, tokenizer.Size, 1,
            () => new Speaker(latin, han, bilingual));
        Assert.Equal(scripts, spoken.Count);
        if (bilingual) Assert.Equal([latin, han], spoken);
    }

    /// <summary>A vocabulary of bytes has no words of any script: nothing is tried.</summary>
    [Fact]
    public void Of_AVocabularyWithoutWords_IsNone()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.File("tokenizer.json"), TinyStudent.TokenizerJson());
        var tokenizer = TokenizerFile.Load(directory.File("tokenizer.json"));
        Assert.Empty(SpokenScripts.Of(Plan(tokenizer, ChatTemplate.Plain, 259), tokenizer, 260, 1,
            () => throw new InvalidOperationException()));
    }

    /// <summary>Documents follow a token that has no part in conversations; here 1 and 2 begin and end turns, 0 separates texts.</summary>
    [Theory]
    [InlineData("<|im_start|>{{ messages[0].content }}<|im_end|>", new[] { 2 }, 0)]
    [InlineData("<|im_start|>{{ messages[0].content }}<|im_end|>", new[] { 2, 300 }, 300)]
    [InlineData("Q: {{ messages[0].content }} A:", new[] { 2 }, 1)]
    public void Plan_Documents_FollowWhatTheTemplateDoesNotUse(string template, int[] ends, int start)
    {
        var tokenizer = TokenizerFile.Load(SharedData.Path("tokenizers", "minimind_tokenizer.json"));
        Assert.Equal([0, 1, 2], new[] { "<|endoftext|>", "<|im_start|>", "<|im_end|>" }.Select(t => tokenizer.IdOf(t)!.Value));
        var plan = Plan(tokenizer, template, ends);
        Assert.Equal(start, plan.Window(0, []).Forced);
        Assert.NotEqual(start, plan.Window(1, []).Forced);
    }
}
