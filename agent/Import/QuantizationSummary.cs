using System.Globalization;
using EdgeAgent.Bundles;

namespace EdgeAgent.Import;

/// <summary>One sentence on what an import did to the weights, and what it cost on which text.</summary>
internal static class QuantizationSummary
{
    public static string Of(ImportReport report)
    {
        var q = report.Quantization;
        if (q.Method == Quantization.None) return "float32: nothing was quantized";
        if (q.Method == Quantization.Keep) return $"the file's own 4-bit blocks ({q.Method}, block {q.Block}): not rounded a second time";
        var head = q.HeadBits == Quantization.DefaultHeadBits ? "" : $", head {q.HeadBits} bits";
        var tokens = q.CalibrationTokens > 0 ? $", {Number(q.CalibrationTokens)} tokens {report.Cost?.Text}".TrimEnd() : "";
        var form = $"{q.Bits} bits ({q.Method}, block {q.Block}{head}{tokens})";
        if (report.Cost is not { } cost) return $"{form}: perplexity not measured; edge-agent eval --perplexity TEXT does";
        return string.Create(CultureInfo.InvariantCulture,
            $"{form}: perplexity {cost.Full.Perplexity:F1} -> {cost.Served.Perplexity:F1} ({cost.Ratio:F2}x) ")
            + $"on {Number(cost.Tokens)} held-back tokens of the same text";
    }

    private static string Number(int n) => n.ToString("N0", CultureInfo.InvariantCulture);
}
