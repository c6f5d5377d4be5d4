namespace EdgeAgent.Import.Checkpoints;

/// <summary>
/// Rotary layouts: the graph rotates element i with element i + size/2; llama2.c and GGUF's llama models store neighbours as pairs.
/// </summary>
internal static class RotaryLayout
{
    /// <summary>Where row <paramref name="row"/> (head, part, pair) stands among rows (head, pair, part).</summary>
    public static long NeighbourRow(long row, int headSize)
    {
        var (head, within) = Math.DivRem(row, headSize);
        var (part, pair) = Math.DivRem(within, headSize / 2);
        return head * headSize + pair * 2 + part;
    }
}
