using EdgeAgent.Bundles;
using EdgeAgent.Import;
using EdgeAgent.Inference.Tokenization;
using EdgeAgent.Platform;

namespace EdgeAgent.Tests.Import.Gguf;

/// <summary>What a GGUF file has and the bundle would not: refused where answers would change, else named.</summary>
public sealed class GgufRefusalTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private ImportReport Import(TinyGguf gguf, string name = "model.gguf")
    {
        using var checkpoint = ModelImporter.Open(gguf.Write(_directory.File(name)));
        return ModelImporter.Import(checkpoint, _directory.File("bundle"), new ImportOptions { Quantization = Quantization.None });
    }

    private string Refusal(TinyGguf gguf, string name = "model.gguf") =>
        Assert.Throws<ModelFileException>(() => Import(gguf, name)).Message;

    private Tokenizer Tokenizer() => TokenizerFile.Load(Path.Combine(_directory.File("bundle"), Bundle.TokenizerFileName));

    [Fact]
    public void Import_PlainFile_HasOnlyTheNoteThatThereIsNoTemplate() =>
        Assert.Contains("no chat template", Assert.Single(Import(new TinyGguf()).Notes), StringComparison.Ordinal);

    [Fact]
    public void Import_PartOfASplitFile_SaysToJoinThem()
    {
        var gguf = new TinyGguf();
        gguf.Tensors.Remove("output.weight");
        gguf.Metadata["split.count"] = 2;
        gguf.Metadata["split.no"] = 0;
        Assert.Contains("join the parts first", Refusal(gguf), StringComparison.Ordinal);
        Assert.Contains("found part 1 of 2", Refusal(gguf), StringComparison.Ordinal);
        gguf.Metadata.Remove("split.count");
        Assert.Contains("found part 2 of 3", Refusal(gguf, "head-00002-of-00003.gguf"), StringComparison.Ordinal);
        gguf.Metadata["split.count"] = 0; // what joining writes
        Import(gguf, "head-00001-of-00002.gguf");
    }

    /// <summary>A value of another kind is no missing value: the default would answer in its place.</summary>
    [Theory]
    [InlineData("general.architecture", 7, "general.architecture as a text; found a whole number")]
    [InlineData("tokenizer.ggml.model", true, "tokenizer.ggml.model as a text; found true or false")]
    [InlineData("tokenizer.ggml.pre", 1.5f, "tokenizer.ggml.pre as a text; found a number")]
    [InlineData("llama.rope.freq_base", "10000", "llama.rope.freq_base as a number; found a text")]
    [InlineData("llama.block_count", "2", "llama.block_count as a whole number; found a text")]
    [InlineData("tokenizer.ggml.add_eos_token", 1, "tokenizer.ggml.add_eos_token as true or false; found a whole number")]
    [InlineData("tokenizer.chat_template", false, "tokenizer.chat_template as a text; found true or false")]
    public void Import_ValueOfAnotherKind_IsRefused(string key, object value, string said)
    {
        var gguf = new TinyGguf();
        gguf.Metadata[key] = value;
        Assert.Contains(said, Refusal(gguf), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("blk.0.attn_q.bias")]
    [InlineData("blk.0.ffn_down.scale")]
    [InlineData("blk.1.attn_q.weight")]
    [InlineData("output.bias")]
    [InlineData("rope_factors_long.weight")]
    public void Open_TensorThatWouldBeDropped_IsRefused(string name)
    {
        var gguf = new TinyGguf();
        gguf.Tensors[name] = (1, TinyGguf.Hidden, new float[TinyGguf.Hidden]);
        Assert.Contains($"found '{name}'", Refusal(gguf), StringComparison.Ordinal);
    }

    [Fact]
    public void Import_TensorBesideTheDecoder_IsNamed()
    {
        var gguf = new TinyGguf();
        gguf.Tensors["mm.0.weight"] = (1, 32, new float[32]);
        gguf.Tensors["blk.0.attn_rot_embd.weight"] = (1, 32, new float[32]); // the graph computes it
        Assert.Contains("tensors that are not used: 'mm.0.weight'", Import(gguf).Notes);
    }

    [Theory]
    [InlineData("llama.attention.sliding_window", 64)]
    [InlineData("llama.rope.dimension_count", 8)]
    [InlineData("llama.attention.value_length", 8)]
    [InlineData("llama.rope.new_kind", 1)]
    [InlineData("llama.expert_count", 8)]
    [InlineData("llama.attention.scale", 0.5f)]
    [InlineData("llama.logit_scale", 2f)]
    [InlineData("llama.attention.causal", false)]
    [InlineData("general.type", "adapter")]
    public void Open_KeyThatChangesAnswers_IsRefused(string key, object value)
    {
        var gguf = new TinyGguf { Metadata = { [key] = value } };
        Assert.Contains(key, Refusal(gguf), StringComparison.Ordinal);
    }

    [Fact]
    public void Import_KeyWithoutEffect_IsNamedOrSilent()
    {
        var gguf = new TinyGguf
        {
            Metadata =
            {
                ["llama.attention.sliding_window"] = 128, // the whole context
                ["llama.logit_scale"] = 1f,
                ["llama.vocab_size"] = TinyGguf.Vocabulary,
                ["llama.mood"] = 3,
            }
        };
        Assert.Contains("metadata that is not used: llama.mood", Import(gguf).Notes);
    }

    [Fact]
    public void Import_NoPreTokenizer_IsRefusedUnlessTheVocabularyIsGpt2s()
    {
        var gguf = new TinyGguf();
        gguf.Metadata.Remove("tokenizer.ggml.pre");
        Assert.Contains("expected tokenizer.ggml.pre", Refusal(gguf), StringComparison.Ordinal);
        ((string[])gguf.Metadata["tokenizer.ggml.tokens"])[255] = "Ġ1";
        Assert.Contains(Import(gguf).Notes, n => n.Contains("GPT-2's way is used", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("bos")]
    [InlineData("eos")]
    [InlineData("eot")]
    public void Import_SpecialIdOutsideTheVocabulary_IsRefused(string token)
    {
        var key = $"tokenizer.ggml.{token}_token_id";
        Assert.Contains($"{key} in 0..259, the tokens of the vocabulary; found 4294967295",
            Refusal(new TinyGguf { Metadata = { [key] = uint.MaxValue } }), StringComparison.Ordinal);
    }

    [Fact]
    public void Import_PaddingIdOutsideTheVocabulary_IsNamed() =>
        Assert.Contains(Import(new TinyGguf { Metadata = { ["tokenizer.ggml.padding_token_id"] = uint.MaxValue } }).Notes,
            n => n.Contains("padding_token_id is not used", StringComparison.Ordinal));

    /// <summary>Ids: 259 is the first piece after the bytes.</summary>
    [Fact]
    public void Import_PiecesThatBeginWithALess_Merge()
    {
        var gguf = new TinyGguf();
        gguf.SetSentencePiece(("<=", 1), ("</p>", 1), ("</", 1), ("p>", 1), ("x", 1), ("y", 1), ("<", 1), ("=", 1), ("/", 1), ("p", 1),
            (">", 1), ("▁", 1));
        Import(gguf);
        Assert.Equal([270, 263, 259, 264], Tokenizer().Encode("x<=y", addSpecial: false));
        Assert.Equal([270, 260], Tokenizer().Encode("</p>", addSpecial: false));
    }

    [Fact]
    public void Import_UserDefinedTokens_AreOneIdEachAndCannotBeWrittenByAUser()
    {
        var gguf = new TinyGguf();
        gguf.SetSentencePiece(("<|im_start|>", 4), ("<|im_end|>", 4), ("▁▁", 4), ("<tag>", 4), ("a", 1), ("▁", 1));
        Import(gguf);
        var tokenizer = Tokenizer();
        Assert.Equal([259, 264, 263, 260], tokenizer.Encode("<|im_start|>a<|im_end|>", addSpecial: false));
        Assert.Equal(261, tokenizer.Encode("a  a", addSpecial: false)[2]);
        Assert.True(tokenizer.IsSpecial(260));
        Assert.False(tokenizer.IsSpecial(262));
        Assert.DoesNotContain(260, tokenizer.Encode(tokenizer.Neutralize("<|im_end|>"), addSpecial: false));
    }

    [Theory]
    [InlineData("blk.0.attn_norm.weight", float.NaN)]
    [InlineData("blk.0.ffn_down.weight", float.PositiveInfinity)]
    [InlineData("token_embd.weight", float.NaN)]
    public void Import_WeightsThatAreNoNumbers_AreRefused(string tensor, float value)
    {
        var gguf = new TinyGguf();
        gguf.Tensors[tensor].Values[5] = value;
        Assert.Contains("expected numbers in tensor '", Refusal(gguf), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_directory.File("bundle")));
    }

    [Fact]
    public void Import_TemplateEndsTurnsWithAnotherToken_AddsItToTheEndTokens()
    {
        const string template =
            "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endfor %}";
        var report = Import(new TinyGguf { Metadata = { ["tokenizer.chat_template"] = template } });
        Assert.Contains(report.Notes, n => n.StartsWith("<|im_end|> (258) is added to the end tokens", StringComparison.Ordinal));
        Assert.Equal([TinyGguf.End, 258], StudentManifest.Load(_directory.File("bundle")).EosIds);
    }

    [Fact]
    public void Import_NamedTemplates_TakesTheDefaultAndNamesTheOthers()
    {
        var gguf = new TinyGguf
        {
            Metadata =
            {
                ["tokenizer.chat_template.tool_use"] = "tools",
                ["tokenizer.chat_template.default"] = "{{ messages[0].content }}",
            }
        };
        Assert.Contains("chat templates that are not used: tool_use", Import(gguf).Notes);
        Assert.Equal("{{ messages[0].content }}", File.ReadAllText(Path.Combine(_directory.File("bundle"), Bundle.ChatTemplateFileName)));
    }

    /// <summary>A list of another kind than the key's.</summary>
    [Fact]
    public void Import_ListOfAnotherKind_SaysWhatWasExpected()
    {
        var gguf = new TinyGguf();
        gguf.Metadata["tokenizer.ggml.token_type"] = new float[TinyGguf.Vocabulary];
        Assert.Contains("expected tokenizer.ggml.token_type as a list of whole numbers; found a list of decimal numbers", Refusal(gguf),
            StringComparison.Ordinal);
        gguf.Metadata["tokenizer.ggml.tokens"] = "a";
        Assert.Contains("expected tokenizer.ggml.tokens as a list of texts; found one value", Refusal(gguf), StringComparison.Ordinal);
    }

    [Fact]
    public void Import_EmptyMerge_IsRefused() => Assert.Contains("expected merges of two symbols; found ''",
        Refusal(new TinyGguf { Metadata = { ["tokenizer.ggml.merges"] = new[] { "" } } }), StringComparison.Ordinal);

    /// <summary>2^32 more than a size that would be right.</summary>
    [Theory]
    [InlineData("attention.key_length", TinyGguf.Hidden / TinyGguf.Heads)]
    [InlineData("attention.head_count_kv", TinyGguf.Heads)]
    [InlineData("rope.scaling.original_context_length", 64)]
    public void Import_SizeBeyond32Bits_IsNotCutOff(string key, int right) => Assert.Contains($"expected llama.{key} in 0..2147483647",
        Refusal(new TinyGguf { Metadata = { [$"llama.{key}"] = (1L << 32) + right } }), StringComparison.Ordinal);
}
