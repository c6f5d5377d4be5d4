using static TorchSharp.torch;

namespace EdgeAgent.Lab;

/// <summary>
/// The cross-entropy of the right answers' tokens, nats, by stage: it still tells models apart that answer nothing right.
/// </summary>
internal static class HeldOutLoss
{
    private const int Batch = 16;

    public static Dictionary<string, double> Of(StudentNet net, IReadOnlyList<Example> examples, RowEncoder encoder)
    {
        using var off = no_grad();
        net.eval();
        var sums = new Dictionary<string, (double Loss, int Tokens)>(StringComparer.Ordinal);
        foreach (var chunk in examples.OrderBy(e => encoder.Of(e).Ids.Length).Chunk(Batch))
        {
            using var scope = NewDisposeScope();
            var rows = chunk.Select(e => encoder.Of(e)).Select(r => new Row(r.Ids, r.Question, null, LossShares.TaskOnly)).ToList();
            var (ids, time) = TrainingStep.Padded(rows, net.Device);
            var logits = net.forward(ids).cpu().contiguous();
            var vocabulary = (int)logits.shape[2];
            var values = logits.data<float>().ToArray();
            var unused = new float[vocabulary];
            for (var b = 0; b < rows.Count; b++)
            {
                var (loss, tokens) = sums.GetValueOrDefault(chunk[b].Stage);
                for (var t = rows[b].Question; t < rows[b].Ids.Length; t++, tokens++)
                    loss += TokenLoss.Add(values.AsSpan((b * time + t - 1) * vocabulary, vocabulary), rows[b].Ids[t], null,
                        LossShares.TaskOnly, 1, unused);
                sums[chunk[b].Stage] = (loss, tokens);
            }
        }
        return sums.ToDictionary(s => s.Key, s => s.Value.Loss / s.Value.Tokens);
    }
}
