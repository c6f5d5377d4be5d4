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
        using (var run = CalibrationText.Open(checkpoint, _directory.File("c.jsonl"), TimeProvider.System, tokens: 512))
            Assert.Equal(("of c.jsonl", 512), (run.Text, run.Tokens));
        File.AppendAllText(_directory.File("c.jsonl"), "{\"other\":1}\n");
        Assert.Contains("line 81",
            Assert.Throws<ModelFileException>(() =>
                CalibrationText.Open(checkpoint, _directory.File("c.jsonl"), TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    /// <summary>What is measured on is not calibrated on: 2,048 tokens of the text's end, or an eighth of a short one.</summary>
    [Theory]
    [InlineData(400, 1)]
    [InlineData(20_000, 4)]
    public void Open_AnyText_HoldsBackItsEnd(int words, int windows)
    {
        File.WriteAllText(_directory.File("c.txt"), string.Concat(Enumerable.Range(0, words).Select(i => $"{i % 10}")));
        using var checkpoint = Open();
        using var run = CalibrationText.Open(checkpoint, _directory.File("c.txt"), TimeProvider.System);
        Assert.Equal(windows, run.HeldBack.Count);
        Assert.InRange(run.Tokens + run.HeldBack.Sum(w => w.Length), words * 0.8, words * 1.1);
    }

    [Theory]
    [InlineData(1000, 0, 512, 1, 512)]
    [InlineData(5120, 1, 512, 10, 512)]
    [InlineData(100_000, 0, 512, 64, 512)]
    [InlineData(300, 0, 512, 1, 300)]
    public void Windows_AnyText_AreSpreadOverIt(int tokens, int prefix, int window, int count, int length)
    {
        var windows = CalibrationText.Windows([.. Enumerable.Range(0, tokens)], [.. Enumerable.Repeat(-1, prefix)], window, maxWindows: 64);
        Assert.Equal(count, windows.Count);
        Assert.All(windows, w => Assert.Equal(length, w.Length));
        Assert.Equal(0, windows[0][prefix]);
        if (count > 1) Assert.Equal(tokens - 1, windows[^1][^1]);
    }
}
