namespace EdgeAgent.Inference.Tokenization;

/// <summary>
/// Merges a word's symbols by rank (Sennrich et al. 2016): always the lowest-ranked adjacent pair, leftmost first.
/// O(n log n) in the word's length, so one long word in untrusted text costs no more than many short ones.
/// </summary>
internal sealed class BytePairMerger(IReadOnlyDictionary<(int Left, int Right), (int Rank, int Merged)> merges)
{
    /// <summary>Replaces <paramref name="symbols"/> (token ids of single characters or bytes) by the merged ids.</summary>
    public void Merge(List<int> symbols)
    {
        ArgumentNullException.ThrowIfNull(symbols);
        var count = symbols.Count;
        if (count < 2) return;
        var previous = new int[count];
        var next = new int[count];
        var queue = new PriorityQueue<(int Left, int LeftId, int RightId, int Merged), (int Rank, int Position)>();
        for (var i = 0; i < count; i++)
        {
            previous[i] = i - 1;
            next[i] = i + 1 < count ? i + 1 : -1;
        }
        for (var i = 0; i + 1 < count; i++) Enqueue(i, i + 1);

        const int gone = -1;
        while (queue.TryDequeue(out var pair, out _))
        {
            var left = pair.Left;
            if (symbols[left] != pair.LeftId) continue;
            var right = next[left];
            if (right < 0 || symbols[right] != pair.RightId) continue;
            symbols[left] = pair.Merged;
            symbols[right] = gone;
            next[left] = next[right];
            if (next[right] >= 0) previous[next[right]] = left;
            if (previous[left] >= 0) Enqueue(previous[left], left);
            if (next[left] >= 0) Enqueue(left, next[left]);
        }
        symbols.RemoveAll(id => id == gone);

        void Enqueue(int left, int right)
        {
            if (merges.TryGetValue((symbols[left], symbols[right]), out var merge))
                queue.Enqueue((left, symbols[left], symbols[right], merge.Merged), (merge.Rank, left));
        }
    }
}
