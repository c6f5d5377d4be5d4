using EdgeAgent.Bundles;
using EdgeAgent.Import;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Tests.Bundles;

namespace EdgeAgent.Tests.Inference.Decoders;

public sealed class EmbeddingTableTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>Every row is the checkpoint's within half a step: 1/127 of a block's largest value, or 1/7 of it and a search.</summary>
    [Theory]
    [InlineData(8, 0.5 / 127)]
    [InlineData(4, 1.2 / 7)]
    public void Read_TableOfATiedStudent_IsTheCheckpointsRowsWithinAStep(int bits, double steps)
    {
        using var bundle = TinyStudent.Import(_directory.Path, Quantization.RoundToNearest, tied: true, headBits: bits);
        using var checkpoint = ModelImporter.Open(_directory.File("source"));
        var expected = checkpoint.Read(CheckpointTensors.Embedding, TinyStudent.Vocabulary, TinyStudent.Hidden);
        var table = new EmbeddingTable(bundle);
        var row = new float[TinyStudent.Hidden];
        for (var id = 0; id < TinyStudent.Vocabulary; id++)
        {
            table.Read(id, row);
            var largest = expected.AsSpan(id * row.Length, row.Length).ToArray().Max(Math.Abs);
            for (var i = 0; i < row.Length; i++) Assert.Equal(expected[id * row.Length + i], row[i], steps * largest * 1.001);
        }
    }

    [Theory]
    [InlineData(Quantization.None)]
    [InlineData(Quantization.RoundToNearest)]
    public void Read_IdOutsideTheVocabulary_IsRefused(string quantization)
    {
        using var bundle = TinyStudent.Import(_directory.Path, quantization);
        var table = new EmbeddingTable(bundle);
        foreach (var id in new[] { -1, TinyStudent.Vocabulary })
            Assert.Contains("outside 0..259", Assert.Throws<ArgumentOutOfRangeException>(() =>
                table.Read(id, new float[TinyStudent.Hidden])).Message, StringComparison.Ordinal);
    }
}
