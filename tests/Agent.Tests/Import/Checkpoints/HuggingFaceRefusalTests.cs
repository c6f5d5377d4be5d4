using System.Text;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Safetensors;
using EdgeAgent.Import;
using EdgeAgent.Platform;
using EdgeAgent.Tests.Bundles;

namespace EdgeAgent.Tests.Import.Checkpoints;

/// <summary>What a Hugging Face directory has and the bundle would not: refused where answers would change, else named.</summary>
public sealed class HuggingFaceRefusalTests : IDisposable
{
    private const string Pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n";
    private readonly TemporaryDirectory _directory = new();
    private readonly string _source;

    public HuggingFaceRefusalTests() => TinyStudent.WriteCheckpoint(_source = _directory.File("source"));

    public void Dispose() => _directory.Dispose();

    private string Of(string name) => Path.Combine(_source, name);

    private void Set(string setting) => File.WriteAllText(Of("config.json"),
        File.ReadAllText(Of("config.json")).Replace("\"hidden_act\"", setting + ",\"hidden_act\"", StringComparison.Ordinal));

    private void AddTensor(string name)
    {
        using var file = SafetensorsFile.Open(Of("model.safetensors"));
        var tensors = file.Entries.Values.OrderBy(e => e.Offset)
            .Select(e => SafetensorsTensor.Of(e.Name, file.Floats(e.Name, e.Shape), e.Shape)).ToList();
        tensors.Add(SafetensorsTensor.Of(name, new float[4], 4));
        SafetensorsWriter.Write(Of("new"), tensors);
        File.Move(Of("new"), Of("model.safetensors"), overwrite: true);
    }

    private ImportReport Import()
    {
        using var checkpoint = ModelImporter.Open(_source);
        return ModelImporter.Import(checkpoint, _directory.File("bundle"), new ImportOptions { Quantization = Quantization.None });
    }

    private string Refusal() => Assert.Throws<ModelFileException>(() => Import()).Message;

    [Fact]
    public void Import_Plain_HasNoNotes() => Assert.Empty(Import().Notes);

    [Theory]
    [InlineData("model.layers.0.self_attn.q_proj.bias")]
    [InlineData("model.layers.2.mlp.up_proj.weight")]
    [InlineData("model.layers.0.self_attn.q_proj.weight_scale")]
    [InlineData("lm_head.bias")]
    public void Open_TensorThatWouldBeDropped_IsRefused(string name)
    {
        AddTensor(name);
        Assert.Contains($"found '{name}'", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Import_TensorBesideTheDecoder_IsNamed()
    {
        AddTensor("score.weight");
        AddTensor("model.layers.0.self_attn.rotary_emb.inv_freq"); // the graph computes it
        Assert.Equal(["tensors that are not used: 'score.weight'"], Import().Notes);
    }

    [Theory]
    [InlineData("\"mlp_bias\":true", "mlp_bias false")]
    [InlineData("\"partial_rotary_factor\":0.5", "partial_rotary_factor 1")]
    [InlineData("\"logits_scaling\":8.0", "logits_scaling 1")]
    [InlineData("\"num_local_experts\":8", "num_local_experts 0")]
    [InlineData("\"quantization_config\":{\"quant_method\":\"awq\"}", "quantization_config awq")]
    [InlineData("\"layer_types\":[\"full_attention\",\"sliding_attention\"]", "sliding_attention")]
    [InlineData("\"rope_scaling\":{\"rope_type\":\"yarn\",\"factor\":2.0,\"long_factor\":[1.0]}", "rope_scaling without long_factor")]
    [InlineData("\"eos_token_id\":99999", "eos_token_id in 0..259, the tokens of the vocabulary; found 99999")]
    public void Open_KeyThatChangesAnswers_IsRefused(string setting, string said)
    {
        Set(setting);
        if (setting.StartsWith("\"eos", StringComparison.Ordinal))
            File.WriteAllText(Of("config.json"),
                File.ReadAllText(Of("config.json")).Replace("\"eos_token_id\":259,", "", StringComparison.Ordinal));
        Assert.Contains(said, Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Import_UnknownKey_IsNamed()
    {
        Set("\"mood\":\"good\",\"torch_dtype\":\"float32\",\"partial_rotary_factor\":1.0");
        Assert.Equal(["keys of config.json that are not used: mood"], Import().Notes);
    }

    [Fact]
    public void Import_NamedTemplates_TakesTheDefaultAndNamesTheOthers()
    {
        File.Delete(Of("chat_template.jinja"));
        File.WriteAllText(Of("tokenizer_config.json"),
            """{"chat_template":[{"name":"tool_use","template":"T"},{"name":"default","template":"{{ messages[0].content }}"}]}""");
        Assert.Equal(["chat templates that are not used: tool_use"], Import().Notes);
        Assert.Equal("{{ messages[0].content }}", File.ReadAllText(Path.Combine(_directory.File("bundle"), Bundle.ChatTemplateFileName)));
        File.WriteAllText(Of("tokenizer_config.json"),
            """{"chat_template":[{"name":"tool_use","template":"T"},{"name":"rag","template":"R"}]}""");
        Assert.Contains("a chat template named 'default'; found tool_use, rag", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Import_NoTemplateAtAll_IsSaid()
    {
        File.Delete(Of("chat_template.jinja"));
        Assert.Contains("no chat template", Assert.Single(Import().Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("tokenizer.json")]
    [InlineData("config.json")]
    [InlineData("chat_template.jinja")]
    public void Import_GitLfsPointer_SaysWhatToDo(string name)
    {
        File.WriteAllText(Of(name), Pointer);
        var message = Refusal();
        Assert.Contains("git lfs pull", message, StringComparison.Ordinal);
        Assert.Contains(name, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_GitLfsPointerForAGguf_SaysWhatToDo()
    {
        File.WriteAllText(_directory.File("x.gguf"), Pointer);
        Assert.Contains("git lfs pull",
            Assert.Throws<ModelFileException>(() => ModelImporter.Open(_directory.File("x.gguf"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_PointerThatIsNoPartOfTheModel_IsNamed()
    {
        File.WriteAllText(Of("optimizer.safetensors"), Pointer);
        Assert.Equal(["files that are not used: optimizer.safetensors"], Import().Notes);
    }

    [Fact]
    public void Open_PartsMissing_IsRefused()
    {
        File.Move(Of("model.safetensors"), Of("model-00001-of-00002.safetensors"));
        Assert.Contains("all 2 parts of the model; found no part 2", Refusal(), StringComparison.Ordinal);
        File.Copy(Of("model-00001-of-00002.safetensors"), Of("model-00002-of-00002.safetensors"));
        File.WriteAllText(Of("model.safetensors.index.json"), """{"weight_map":{"a":"model-00001-of-00002.safetensors"}}""");
        Assert.Contains("found no part 2", Refusal(), StringComparison.Ordinal);
        File.Move(Of("model-00001-of-00002.safetensors"), Of("model.safetensors"));
        File.Delete(Of("model-00002-of-00002.safetensors"));
        File.WriteAllText(Of("model.safetensors.index.json"), """{"weight_map":{"lost":"model.safetensors"}}""");
        Assert.Contains("a tensor 'lost', which the index names", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_UntiedHeadWithoutATensor_IsRefused()
    {
        TinyStudent.WriteCheckpoint(_source, tied: true);
        File.WriteAllText(Of("config.json"), File.ReadAllText(Of("config.json"))
            .Replace("\"tie_word_embeddings\":true", "\"tie_word_embeddings\":false", StringComparison.Ordinal));
        Assert.Contains("a tensor 'lm_head.weight'", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_AdapterInTheDirectory_IsRefused()
    {
        File.WriteAllText(Of("adapter_config.json"), "{}");
        Assert.Contains("merge the adapter", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Import_ByteOrderMarks_AreTaken()
    {
        foreach (var name in new[] { "config.json", "tokenizer.json", "chat_template.jinja" })
            File.WriteAllBytes(Of(name), [.. Encoding.UTF8.Preamble, .. File.ReadAllBytes(Of(name))]);
        Assert.Empty(Import().Notes);
        Bundle.Open(_directory.File("bundle")).Dispose();
    }
}
