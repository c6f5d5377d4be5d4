using EdgeAgent.Bundles;
using EdgeAgent.Import.Calibration;
using EdgeAgent.Inference.Decoders;

namespace EdgeAgent.Import;

/// <summary>What quantization cost on text that it was not calibrated on.</summary>
/// <param name="Full">The checkpoint in full precision.</param>
/// <param name="Served">The bundle as it is served, with 8-bit activations.</param>
/// <param name="Tokens">Tokens of the held-back text.</param>
/// <param name="Text">The text that was calibrated on, behind its number of tokens: "the student wrote", or "of FILE".</param>
internal sealed record QuantizationCost(TextLoss Full, TextLoss Served, int Tokens, string Text)
{
    /// <summary>Perplexity of the bundle over that of the checkpoint.</summary>
    public double Ratio => Served.Perplexity / Full.Perplexity;

    /// <summary>Measures a finished bundle; null where the text was too short to hold some back.</summary>
    public static QuantizationCost? Measure(string directory, ICalibration calibration)
    {
        if (calibration.HeldBack.Count == 0) return null;
        using var bundle = Bundle.Open(directory);
        var served = TextLoss.Measure(bundle, calibration.HeldBack, calibration.HeldBack.Max(w => w.Length),
            new DecoderOptions().AccuracyLevel);
        return new QuantizationCost(calibration.FullPrecision(), served, calibration.HeldBack.Sum(w => w.Length), calibration.Text);
    }
}
