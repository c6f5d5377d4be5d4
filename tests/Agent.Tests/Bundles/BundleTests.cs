using EdgeAgent.Bundles;
using EdgeAgent.Import;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Platform;
using EdgeAgent.Serving;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Bundles;

public sealed class BundleTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _bundle;

    public BundleTests()
    {
        TinyStudent.Import(_directory.Path, Quantization.RoundToNearest).Dispose();
        _bundle = _directory.File("bundle");
    }

    public void Dispose() => _directory.Dispose();

    private ModelFileException Refused() =>
        Assert.Throws<ModelFileException>(() =>
            Student.Load(_bundle, new StudentOptions { Decoder = new DecoderOptions { Rows = 1, Threads = 1 } }, TimeProvider.System,
                NullLogger.Instance).Dispose());

    [Theory]
    [InlineData("student.json")]
    [InlineData("weights.safetensors")]
    [InlineData("tokenizer.json")]
    [InlineData("chat_template.jinja")]
    public void Load_FileMissing_NamesIt(string name)
    {
        File.Delete(Path.Combine(_bundle, name));
        var error = Refused();
        Assert.EndsWith(name, error.File, StringComparison.Ordinal);
        Assert.Equal("no such file", error.Found);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.001)]
    [InlineData(0.5)]
    [InlineData(0.999)]
    public void Load_WeightsTruncated_SaysWhatWasExpected(double share)
    {
        var path = Path.Combine(_bundle, WeightNames.FileName);
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(int)(bytes.Length * share)]);
        var error = Refused();
        Assert.Equal(path, error.File);
        Assert.NotEmpty(error.Expected);
    }

    [Theory]
    [InlineData("\"layers\": 2", "\"layers\": 3", "layers.2.attention_norm")]
    [InlineData("\"hidden\": 64", "\"hidden\": 128", "[260, 128]")]
    [InlineData("\"vocabulary\": 260", "\"vocabulary\": 100", "eos ids in 0..99")]
    [InlineData("\"kv_heads\": 2", "\"kv_heads\": 3", "multiple of kv_heads")]
    [InlineData("\"format\": 1", "\"format\": 9", "format 1")]
    [InlineData("\"min_agent\": \"0.1.0\"", "\"min_agent\": \"99.0.0\"", "99.0.0 or newer")]
    [InlineData("\"context\": 96", "\"context\": \"x\"", "student manifest")]
    [InlineData("\"name\": \"tiny\"", "\"name\": null", "student manifest")]
    public void Load_ManifestInconsistent_SaysExpectedAndFound(string from, string to, string said)
    {
        var path = Path.Combine(_bundle, StudentManifest.FileName);
        var text = File.ReadAllText(path);
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(from, to, StringComparison.Ordinal));
        Assert.Contains(said, Refused().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TokenizerLargerThanTheVocabulary_IsRefused()
    {
        var path = Path.Combine(_bundle, Bundle.TokenizerFileName);
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"id\":259", "\"id\":300", StringComparison.Ordinal));
        Assert.Contains("301 ids", Refused().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TemplateUnsupported_NamesItsLine()
    {
        File.WriteAllText(Path.Combine(_bundle, Bundle.ChatTemplateFileName), "line one\n{% include 'x' %}");
        Assert.Contains("line 2: unsupported statement 'include'", Refused().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_Quantized_IsSmallerAndStillCloseToTheSource()
    {
        using var full = TinyStudent.Import(_directory.File("full"), Quantization.None);
        using var quantized = Bundle.Open(_bundle);
        Assert.True(new FileInfo(quantized.Weights.Path).Length < new FileInfo(full.Weights.Path).Length * 0.4);
        Assert.Equal(128, quantized.Manifest.Quantization.Block);
    }

    /// <summary>An import that breaks half-way leaves no half bundle, and the bundle that was there as it was.</summary>
    [Fact]
    public void Import_Interrupted_LeavesTheOldBundleAlone()
    {
        var before = File.ReadAllBytes(Path.Combine(_bundle, WeightNames.FileName));
        using var checkpoint = ModelImporter.Open(_directory.File("source"));
        var seen = 0;
        Assert.Throws<OperationCanceledException>(() => ModelImporter.Import(checkpoint, _bundle, new ImportOptions(), _ =>
        {
            if (++seen == 3) throw new OperationCanceledException();
        }));
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(_bundle, WeightNames.FileName)));
        Assert.False(Directory.Exists(_bundle + ModelImporter.WorkSuffix));
        Assert.Throws<OperationCanceledException>(() =>
            ModelImporter.Import(checkpoint, _directory.File("new"), new ImportOptions(), _ => throw new OperationCanceledException()));
        Assert.False(Directory.Exists(_directory.File("new")));
    }

    [Fact]
    public void Import_IntoAFolderWithOtherThings_IsRefusedAndTouchesNothing()
    {
        Directory.CreateDirectory(_directory.File("mine"));
        File.WriteAllText(Path.Combine(_directory.File("mine"), "thesis.txt"), "x");
        using var checkpoint = ModelImporter.Open(_directory.File("source"));
        Assert.Contains("a bundle to replace",
            Assert.Throws<ModelFileException>(() => ModelImporter.Import(checkpoint, _directory.File("mine"), new ImportOptions())).Message,
            StringComparison.Ordinal);
        Assert.Equal(["thesis.txt"], Directory.GetFiles(_directory.File("mine")).Select(Path.GetFileName));
    }

    [Fact]
    public void Import_OtherArchitecture_IsNamed()
    {
        var source = _directory.File("qwen");
        TinyStudent.WriteCheckpoint(source);
        var config = Path.Combine(source, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"llama\"", "\"qwen9\"", StringComparison.Ordinal));
        var error = Assert.Throws<ModelFileException>(() => ModelImporter.Open(source));
        Assert.Contains("'qwen9'", error.Message, StringComparison.Ordinal);
        Assert.Contains("llama, qwen2, qwen3", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"rope_scaling\":{\"rope_type\":\"dynamic\",\"factor\":2.0}", "'dynamic'")]
    [InlineData("\"rope_scaling\":{\"rope_type\":\"yarn\",\"factor\":2.0,\"mscale\":1.0}", "mscale")]
    [InlineData("\"attention_bias\":true", "attention_bias false")]
    [InlineData("\"use_sliding_window\":true", "use_sliding_window false")]
    [InlineData("\"attn_logit_softcapping\":50.0", "no attn_logit_softcapping")]
    public void Import_WhatTheGraphLacks_IsRefusedNotIgnored(string setting, string said)
    {
        var source = _directory.File("refused");
        TinyStudent.WriteCheckpoint(source);
        var config = Path.Combine(source, "config.json");
        File.WriteAllText(config,
            File.ReadAllText(config).Replace("\"hidden_act\"", setting + ",\"hidden_act\"", StringComparison.Ordinal));
        Assert.Contains(said, Assert.Throws<ModelFileException>(() => ModelImporter.Open(source)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_Llama2cTruncated_SaysHowManyBytes()
    {
        var bytes = File.ReadAllBytes(SharedData.Path("models", "stories260K", "stories260K.bin"));
        var path = _directory.File("cut.bin");
        File.WriteAllBytes(path, bytes[..^100]);
        var error = Assert.Throws<ModelFileException>(() => ModelImporter.Open(path));
        Assert.Contains($"{bytes.Length - 100} bytes", error.Found, StringComparison.Ordinal);
    }
}
