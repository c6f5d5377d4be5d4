namespace EdgeAgent.Models.Import;

/// <summary>Rotary layouts: the graph rotates element i with element i + size/2; llama2.c and GGUF's llama models store neighbours as pairs.</summary>
internal static class RotaryLayout
{
    /// <summary>Rows (head, pair, part) become rows (head, part, pair).</summary>
    public static float[] HalfSplit(float[] rows, int heads, int headSize, int width)
    {
        var result = new float[rows.Length];
        for (var h = 0; h < heads; h++)
            for (var pair = 0; pair < headSize / 2; pair++)
                for (var part = 0; part < 2; part++)
                    Array.Copy(rows, (h * headSize + pair * 2 + part) * width, result, (h * headSize + part * headSize / 2 + pair) * width, width);
        return result;
    }
}
