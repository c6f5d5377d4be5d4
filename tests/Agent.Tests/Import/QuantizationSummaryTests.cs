using EdgeAgent.Bundles;
using EdgeAgent.Import;
using EdgeAgent.Inference.Decoders;

namespace EdgeAgent.Tests.Import;

public sealed class QuantizationSummaryTests
{
    private static readonly QuantizationCost Cost = new(new TextLoss(2044, 2044 * Math.Log(41.2)),
        new TextLoss(2044, 2044 * Math.Log(44.6)), 2048, "the student wrote");

    private static string Of(string method, int bits, int block, int headBits, int tokens, QuantizationCost? cost) =>
        QuantizationSummary.Of(new ImportReport(
            new Quantization { Method = method, Bits = bits, Block = block, HeadBits = headBits, CalibrationTokens = tokens },
            [], [], cost));

    [Fact]
    public void Of_ACalibratedImport_SaysWhatItCostAndOnWhichText()
    {
        Assert.Equal("4 bits (gptq, block 128, 32,768 tokens the student wrote): perplexity 41.2 -> 44.6 (1.08x) on 2,048 held-back "
            + "tokens of the same text", Of(Quantization.Gptq, 4, 128, 8, 32768, Cost));
        Assert.StartsWith("4 bits (gptq, block 64, head 4 bits, 9,000 tokens of school.txt): perplexity ",
            Of(Quantization.Gptq, 4, 64, 4, 9000, Cost with { Text = "of school.txt" }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Quantization.RoundToNearest, "4 bits (rtn, block 128): perplexity not measured; edge-agent eval --perplexity TEXT does")]
    [InlineData(Quantization.Keep, "the file's own 4-bit blocks (keep, block 128): not rounded a second time")]
    [InlineData(Quantization.None, "float32: nothing was quantized")]
    public void Of_OtherMethods_SaysWhatWasDone(string method, string text) => Assert.Equal(text, Of(method, 4, 128, 8, 0, null));
}
