using EdgeAgent.Import;
using EdgeAgent.Import.Calibration;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Platform;
using EdgeAgent.Tests.Import.Checkpoints;

namespace EdgeAgent.Tests.Import.Calibration;

public sealed class CalibrationTextTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private ICheckpoint Open() => ModelImporter.Open(TinyLlama2c.Write(_directory.File("source")));

    [Theory]
    [InlineData("too short", "at least 256 tokens")]
    [InlineData(null, "no such file")]
    public void Open_Unusable_IsNamed(string? text, string said)
    {
        if (text is not null) File.WriteAllText(_directory.File("c.txt"), text);
        using var checkpoint = Open();
        Assert.Contains(said,
            Assert.Throws<ModelFileException>(() =>
                CalibrationText.Open(checkpoint, _directory.File("c.txt"), TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_JsonLines_AreTextsAndConversations()
    {
        var lines = Enumerable.Range(0, 40)
            .SelectMany(i =>
                new[] { $$"""{"text":"Once upon a time there was a dog {{i}}."}""",
                    """{"messages":[{"role":"user","content":"Tell me of the cat."}]}""" });
        File.WriteAllLines(_directory.File("c.jsonl"), lines);
        using var checkpoint = Open();
        using (var run = CalibrationText.Open(checkpoint, _directory.File("c.jsonl"), TimeProvider.System))
            Assert.InRange(run.Tokens, 500, 4000);
        File.AppendAllText(_directory.File("c.jsonl"), "{\"other\":1}\n");
        Assert.Contains("line 81",
            Assert.Throws<ModelFileException>(() =>
                CalibrationText.Open(checkpoint, _directory.File("c.jsonl"), TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1000, 0, 512, 1, 512)]
    [InlineData(5120, 1, 512, 10, 512)]
    [InlineData(100_000, 0, 512, 64, 512)]
    [InlineData(300, 0, 512, 1, 300)]
    public void Windows_AnyText_AreSpreadOverIt(int tokens, int prefix, int window, int count, int length)
    {
        var windows = CalibrationText.Windows([.. Enumerable.Range(0, tokens)], [.. Enumerable.Repeat(-1, prefix)], window);
        Assert.Equal(count, windows.Count);
        Assert.All(windows, w => Assert.Equal(length, w.Length));
        Assert.Equal(0, windows[0][prefix]);
        if (count > 1) Assert.Equal(tokens - 1, windows[^1][^1]);
    }
}
