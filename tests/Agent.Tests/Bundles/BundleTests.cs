using EdgeAgent.Bundles;
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
    [InlineData("\"format\": 2", "\"format\": 9", "format 1 to 2")]
    [InlineData("\"format\": 2", "\"format\": 0", "format 1 to 2")]
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

    /// <summary>An embedding is floats or one table; a table's shape is the architecture's.</summary>
    [Theory]
    [InlineData("embedding.uint8", "embedding.uint9", "found none")]
    [InlineData("norm", "embedding", "embedding, embedding.uint8")]
    [InlineData("embedding.uint8", "embedding.uint4", "U8 [260, 32]")]
    [InlineData("embedding.scale", "embedding.scalf", "a tensor 'embedding.scale'")]
    [InlineData("head.int8", "head.int9", "head.weight")]
    public void Load_EmbeddingInconsistent_SaysExpectedAndFound(string from, string to, string said)
    {
        var path = Path.Combine(_bundle, WeightNames.FileName);
        var bytes = File.ReadAllBytes(path);
        var length = (int)BitConverter.ToInt64(bytes);
        var header = System.Text.Encoding.UTF8.GetString(bytes, 8, length);
        Assert.Contains($"\"{from}\":", header, StringComparison.Ordinal);
        header = header.Replace($"\"{from}\":", $"\"{to}\":", StringComparison.Ordinal);
        header = header.Length > length ? header[..length] : header.PadRight(length);
        System.Text.Encoding.UTF8.GetBytes(header).CopyTo(bytes, 8);
        File.WriteAllBytes(path, bytes);
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
}
