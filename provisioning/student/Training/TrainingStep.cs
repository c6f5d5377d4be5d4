using static TorchSharp.torch;

namespace EdgeAgent.Lab;

/// <summary>
/// One step of training: torch carries the sequences forward and the gradient back; the loss between them is <see cref="TokenLoss"/>.
/// </summary>
internal sealed class TrainingStep(StudentNet net, AdamW optimizer)
{
    /// <summary>Weight of a question's token beside an answer's 1: it is only ever learned as text.</summary>
    private const double QuestionWeight = 0.1;

    /// <returns>The mean loss of a token, nats, and tokens without padding.</returns>
    public (double Loss, long Tokens) Take(IReadOnlyList<Row> rows)
    {
        using var scope = NewDisposeScope();
        net.train();
        net.zero_grad();
        var (ids, time) = Padded(rows, net.Device);
        var logits = net.forward(ids[.., ..(time - 1)]); // [batch, time - 1, vocabulary]
        var vocabulary = (int)logits.shape[2];
        var values = logits.detach().cpu().contiguous().data<float>().ToArray();
        var gradient = new float[values.Length];
        var sum = rows.Sum(r => r.Question - 1 > 0 ? QuestionWeight * (r.Question - 1) * r.Shares.Task + (r.Ids.Length - r.Question) : 0);
        var losses = new double[rows.Count];
        Parallel.For(0, rows.Count, new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() }, b =>
        {
            var row = rows[b];
            for (var t = 0; t + 1 < row.Ids.Length; t++)
            {
                var answer = t + 1 - row.Question;
                if (answer < 0 && row.Shares.Task == 0) continue;
                var at = (b * (time - 1) + t) * vocabulary;
                losses[b] += TokenLoss.Add(values.AsSpan(at, vocabulary), row.Ids[t + 1], answer >= 0 ? row.Teacher?[answer] : null,
                    row.Shares, (answer >= 0 ? 1 : QuestionWeight) / sum, gradient.AsSpan(at, vocabulary));
            }
        });
        logits.backward([tensor(gradient, logits.shape).to(net.Device)]);
        optimizer.Update();
        return (losses.Sum(), rows.Sum(r => (long)r.Ids.Length));
    }

    /// <summary>[rows, longest], the shorter ones filled with 0 at their end, which causal attention never sees.</summary>
    public static (Tensor Ids, int Time) Padded(IReadOnlyList<Row> rows, Device device)
    {
        var time = rows.Max(r => r.Ids.Length);
        var ids = new long[rows.Count * time];
        for (var b = 0; b < rows.Count; b++)
            for (var t = 0; t < rows[b].Ids.Length; t++) ids[b * time + t] = rows[b].Ids[t];
        return (tensor(ids, [rows.Count, time]).to(device), time);
    }
}
