using System.Numerics.Tensors;
using EdgeAgent.Bundles;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Import.Quantizers;
using EdgeAgent.Inference.Decoders;

namespace EdgeAgent.Import.Calibration;

/// <summary>
/// The loss of a checkpoint from the residual stream behind its last layer: final norm and head in float32. The head is read in stripes
/// of the vocabulary, so that neither it nor the logits of all tokens are in memory.
/// </summary>
internal static class FullPrecisionLoss
{
    /// <param name="windows">Token ids; the first token of a window is not scored.</param>
    /// <param name="states">[tokens, hidden] of each window.</param>
    public static TextLoss Of(ICheckpoint checkpoint, IReadOnlyList<int[]> windows, IReadOnlyList<float[]> states)
    {
        var a = checkpoint.Architecture;
        var targets = windows.SelectMany(w => w.Skip(1)).ToArray();
        var inputs = Inputs(a, checkpoint.Vector(WeightNames.FinalNorm), windows, states, targets.Length); // [hidden, targets]
        var (largest, sums, own) = (new float[targets.Length], new double[targets.Length], new float[targets.Length]);
        Array.Fill(largest, float.NegativeInfinity);
        var head = new LinearSource(checkpoint, WeightNames.Head, a.Hidden, a.Vocabulary);
        foreach (var (first, count) in head.Stripes())
        {
            var weights = LinearSource.Transpose(head.Rows(first, count), count, a.Hidden, 0, a.Hidden); // [hidden, count]
            var logits = new float[targets.Length * count];
            TransposedProduct.Add(new(logits, 0, targets.Length, count, count), new(inputs, 0, a.Hidden, targets.Length, targets.Length),
                new(weights, 0, a.Hidden, count, count), 1);
            Parallel.For(0, targets.Length, t =>
            {
                var row = logits.AsSpan(t * count, count);
                var top = Math.Max(largest[t], TensorPrimitives.Max<float>(row));
                var sum = sums[t] * Math.Exp(largest[t] - top);
                foreach (var logit in row) sum += Math.Exp(logit - top);
                (largest[t], sums[t]) = (top, sum);
                if (targets[t] >= first && targets[t] < first + count) own[t] = row[targets[t] - first];
            });
        }
        return new TextLoss(targets.Length, Enumerable.Range(0, targets.Length).Sum(t => largest[t] + Math.Log(sums[t]) - own[t]));
    }

    /// <summary>The normed states of every token but the last of each window, as columns.</summary>
    private static float[] Inputs(Architecture a, float[] norm, IReadOnlyList<int[]> windows, IReadOnlyList<float[]> states, int targets)
    {
        var inputs = new float[a.Hidden * targets];
        var column = 0;
        for (var w = 0; w < windows.Count; w++)
            for (var t = 0; t + 1 < windows[w].Length; t++, column++)
            {
                var state = states[w].AsSpan(t * a.Hidden, a.Hidden);
                var scale = 1 / Math.Sqrt(TensorPrimitives.SumOfSquares<float>(state) / (double)a.Hidden + a.RmsEpsilon);
                for (var i = 0; i < a.Hidden; i++) inputs[i * targets + column] = (float)(state[i] * scale) * norm[i];
            }
        return inputs;
    }
}
