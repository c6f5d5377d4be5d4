namespace EdgeAgent.Import.Checkpoints;

/// <summary>
/// Rotary layouts: the graph rotates elements i and i + size/2; llama2.c and GGUF's llama models store each pair as neighbours.
/// </summary>
internal static class RotaryLayout
{
    /// <summary>Index among rows (head, pair, part) of row <paramref name="row"/> among rows (head, part, pair).</summary>
    public static long NeighbourRow(long row, int headSize)
    {
        var (head, within) = Math.DivRem(row, headSize);
        var (part, pair) = Math.DivRem(within, headSize / 2);
        return head * headSize + pair * 2 + part;
    }
}
