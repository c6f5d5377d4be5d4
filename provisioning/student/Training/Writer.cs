using static TorchSharp.torch;

namespace EdgeAgent.Lab;

/// <summary>Writes answers, greedy, many at once, with cached keys and values.</summary>
internal sealed class Writer(StudentNet net, int end)
{
    /// <param name="questions">Prompts of any lengths.</param>
    /// <returns>Answers without their end; cut at <paramref name="most"/> tokens or at the context.</returns>
    public List<int>[] Write(IReadOnlyList<int[]> questions, int most)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        net.eval();
        var answers = questions.Select(_ => new List<int>()).ToArray();
        var caches = Enumerable.Range(0, net.Shape.Layers).Select(_ => new KeyValues()).ToList();
        try
        {
            var (ids, time) = TrainingStep.Padded([.. questions.Select(q => new Row(q, q.Length, null, LossShares.TaskOnly))], net.Device);
            var last = tensor(questions.Select(q => (long)q.Length - 1).ToArray()).to(net.Device);
            var hidden = net.Continue(ids, null, null, caches);
            var next = Next(hidden.index([TensorIndex.Tensor(arange(questions.Count, device: net.Device)), TensorIndex.Tensor(last)]));
            most = Math.Min(most, net.Shape.Context - time);
            for (var n = 0; Note(answers, next) && n + 1 < most; n++)
            {
                using var step = NewDisposeScope();
                var positions = (last + (n + 1)).view(-1, 1);
                var h = net.Continue(tensor(next, [next.Length, 1]).to(net.Device), positions, Mask(questions, time, n + 1), caches);
                next = Next(h[.., 0]);
            }
        }
        finally
        {
            caches.ForEach(c => c.Dispose());
        }
        return [.. answers.Select(a => a.TakeWhile(id => id != end).ToList())];
    }

    private long[] Next(Tensor hidden) => net.Logits(hidden).argmax(-1).cpu().data<long>().ToArray();

    /// <summary>Adds the tokens to the answers that have not ended; false once all have.</summary>
    private bool Note(List<int>[] answers, long[] next)
    {
        var isOpen = false;
        for (var i = 0; i < next.Length; i++)
        {
            if (answers[i].Count > 0 && answers[i][^1] == end) continue;
            answers[i].Add((int)next[i]);
            isOpen |= next[i] != end;
        }
        return isOpen;
    }

    /// <summary>Hides the padding between a prompt's end and the longest prompt's: [batch, 1, 1, time + written].</summary>
    private Tensor Mask(IReadOnlyList<int[]> questions, int time, int written)
    {
        var keys = time + written;
        var mask = new float[questions.Count * keys];
        for (var b = 0; b < questions.Count; b++)
            mask.AsSpan(b * keys + questions[b].Length, time - questions[b].Length).Fill(float.NegativeInfinity);
        return tensor(mask, [questions.Count, 1, 1, keys]).to(net.Device);
    }
}
