namespace EdgeAgent.Lab;

/// <summary>
/// Batches of one pass over the data: examples in a random order, sorted by length within windows so that little is padded, cut where
/// the padded tokens reach a budget. The same numbers give the same batches. Pure.
/// </summary>
internal static class BatchPlan
{
    private const int Window = 256;

    /// <param name="lengths">Tokens of each example.</param>
    /// <param name="budget">Padded tokens of a batch; a longer example is a batch of its own.</param>
    /// <returns>Indexes of examples, batch by batch.</returns>
    public static List<int[]> Of(IReadOnlyList<int> lengths, int budget, int seed, int pass)
    {
        var random = new Random(unchecked(seed * 1_000_003 + pass));
        var order = Enumerable.Range(0, lengths.Count).ToArray();
        random.Shuffle(order);
        var batches = new List<int[]>();
        foreach (var window in order.Chunk(Window))
        {
            var batch = new List<int>();
            foreach (var index in window.OrderBy(i => lengths[i]))
            {
                if (batch.Count > 0 && (batch.Count + 1) * lengths[index] > budget) Close();
                batch.Add(index);
            }
            Close();

            void Close()
            {
                batches.Add([.. batch]);
                batch.Clear();
            }
        }
        var shuffled = batches.ToArray();
        random.Shuffle(shuffled);
        return [.. shuffled];
    }
}
