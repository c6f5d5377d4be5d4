using EdgeAgent.Bundles;
using EdgeAgent.Import;
using EdgeAgent.Platform;

namespace EdgeAgent.Tests.Import.Checkpoints;

public sealed class Llama2cCheckpointTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Open_Truncated_SaysHowManyBytes()
    {
        var bytes = File.ReadAllBytes(TinyLlama2c.Write(_directory.Path));
        var path = _directory.File("cut.bin");
        File.WriteAllBytes(path, bytes[..^100]);
        var error = Assert.Throws<ModelFileException>(() => ModelImporter.Open(path));
        Assert.Contains($"{bytes.Length - 100} bytes", error.Found, StringComparison.Ordinal);
    }

    /// <summary>tok*.bin and tok*.model say the same: which of them is there makes no difference.</summary>
    [Fact]
    public void WriteTokenizer_FromEitherFile_IsTheSame()
    {
        string Json()
        {
            using var checkpoint = ModelImporter.Open(_directory.File("model.bin"));
            checkpoint.WriteTokenizer(_directory.Path);
            return File.ReadAllText(_directory.File(Bundle.TokenizerFileName));
        }
        TinyLlama2c.Write(_directory.Path);
        var fromBin = Json();
        File.Delete(_directory.File("tok.bin"));
        File.WriteAllBytes(_directory.File("tok.model"), TinyLlama2c.SentencePieceModel());
        Assert.Equal(fromBin, Json());
        File.WriteAllText(_directory.File("tok.model"), "no model");
        Assert.Contains("a SentencePiece model", Assert.Throws<ModelFileException>(Json).Message, StringComparison.Ordinal);
        File.Delete(_directory.File("tok.model"));
        Assert.Contains("tok*.bin or tok*.model", Assert.Throws<ModelFileException>(Json).Message, StringComparison.Ordinal);
    }
}
