using EdgeAgent.Bundles;
using EdgeAgent.Import;
using EdgeAgent.Import.Calibration;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Tests.Inference;

namespace EdgeAgent.Tests.Import.Calibration;

public sealed class CalibrationRunTests(GeneratedLlama2c model) : IClassFixture<GeneratedLlama2c>
{
    /// <summary>With exact weights nothing drifts, and what reaches a linear is what the graph itself computes.</summary>
    [Fact]
    public void Inputs_WithExactWeights_AreWhatTheGraphComputes()
    {
        using var checkpoint = ModelImporter.Open(model.Checkpoint);
        var a = checkpoint.Architecture;
        int[] window = [1, .. Enumerable.Range(0, 40).Select(i => 3 + i * 7 % 500)];
        using var run = new CalibrationRun(checkpoint, new CalibrationWindows([window], [window], "of a test"));
        float[] last = [];
        foreach (var (name, k, n) in WeightNames.Linears(a))
        {
            if (name == WeightNames.Head) break;
            var weights = model.Bundle.Weights.Floats(WeightNames.Float(name), k, n);
            run.Inputs(name, (served, exact, length) =>
            {
                Assert.Equal(exact, served);
                Assert.Equal(window.Length * k, length);
                last = served[^k..];
            });
            run.Replace(name, weights, weights);
        }
        // the residual stream behind the last layer, normed and through the head, is the graph's logits
        var state = run.State(0)[^a.Hidden..].ToArray();
        var norm = checkpoint.Vector(WeightNames.FinalNorm);
        var scale = 1 / Math.Sqrt(state.Sum(v => (double)v * v) / a.Hidden + a.RmsEpsilon);
        var head = model.Bundle.Weights.Floats(WeightNames.Float(WeightNames.Head), a.Hidden, a.Vocabulary);
        var measured = TextLoss.Measure(model.Bundle, run.HeldBack, 64, accuracyLevel: 1);
        Assert.Equal(measured.Tokens, run.FullPrecision().Tokens);
        Assert.Equal(measured.Nats, run.FullPrecision().Nats, 1e-3);
        using var decoder = Llama2cFixture.Decoder(model.Bundle, chunk: 64);
        var logits = decoder.Prefill(0, window, 0);
        for (var v = 0; v < a.Vocabulary; v++)
        {
            double sum = 0;
            for (var i = 0; i < a.Hidden; i++) sum += state[i] * scale * norm[i] * head[i * a.Vocabulary + v];
            Assert.Equal(sum, logits[v], 1e-3);
        }
    }
}
