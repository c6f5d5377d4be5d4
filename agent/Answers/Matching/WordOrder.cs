namespace EdgeAgent.Answers.Matching;

/// <summary>Compares the order of two texts' words. Pure.</summary>
internal static class WordOrder
{
    /// <summary>
    /// Share of the longer text's tokens that both have in the same order, 0..1; 0 where tokens of both stand in another order, which
    /// turns a question round: from A to B is not from B to A.
    /// </summary>
    public static double Agreement(IReadOnlyList<string> a, IReadOnlyList<string> b)
    {
        var inOrder = InOrder(a, b);
        return inOrder < Shared(a, b) ? 0 : (double)inOrder / Math.Max(a.Count, b.Count);
    }

    /// <summary>Number of words that both have, in whatever order; a word counts as often as both have it.</summary>
    public static int Shared(IReadOnlyList<string> a, IReadOnlyList<string> b) =>
        b.GroupBy(t => t).Sum(g => Math.Min(g.Count(), a.Count(t => t == g.Key)));

    /// <summary>Number of words that both have in the same order: the longest common subsequence.</summary>
    public static int InOrder(IReadOnlyList<string> a, IReadOnlyList<string> b)
    {
        var row = new int[b.Count + 1];
        for (var i = 0; i < a.Count; i++)
            for (int j = 0, diagonal = 0; j < b.Count; j++)
            {
                var above = row[j + 1];
                row[j + 1] = a[i] == b[j] ? diagonal + 1 : Math.Max(row[j + 1], row[j]);
                diagonal = above;
            }
        return row[b.Count];
    }
}
