using EdgeAgent.Inference.Decoders;

namespace EdgeAgent.Tests.Inference.Decoders.Devices;

/// <summary>Two decoders that must give the same logits.</summary>
internal static class DecoderAgreement
{
    public const double Tolerance = 1e-3;

    /// <summary>
    /// Prompts in one chunk and in several, rows of different lengths decoded together, a row that moves, and fewer rows. Needs three rows
    /// and forty tokens each.
    /// </summary>
    public static void All(IDecoder expected, IDecoder actual, double tolerance = Tolerance)
    {
        Assert.Equal((expected.Rows, expected.Context, expected.Vocabulary), (actual.Rows, actual.Context, actual.Vocabulary));
        int[][] prompts = [[1, 2, 3, 4, 5, 6, 7, 8], [11, 12, 13], [.. Enumerable.Range(40, 19)]];
        for (var row = 0; row < prompts.Length; row++) Prompt(expected, actual, row, prompts[row], tolerance);
        var positions = prompts.Select(p => p.Length).ToArray();
        for (var step = 0; step < 4; step++)
        {
            int[] ids = [60 + step, 90 - step, 7 * step];
            Same(expected.Decode(ids, positions).ToArray(), actual.Decode(ids, positions), tolerance);
            for (var row = 0; row < positions.Length; row++) positions[row]++;
        }
        // row 1 ends: the last one takes its place
        foreach (var decoder in new[] { expected, actual }) decoder.CopyRow(2, 1, positions[2]);
        Same(expected.Decode([9, 10], [positions[0], positions[2]]).ToArray(), actual.Decode([9, 10], [positions[0], positions[2]]),
            tolerance);
    }

    /// <summary>Positions read out of one row and written into another continue as if they had been run there.</summary>
    public static void Prefixes(IDecoder expected, IDecoder actual, double tolerance = Tolerance)
    {
        foreach (var decoder in new[] { expected, actual })
        {
            int[] prompt = [.. Enumerable.Range(20, 12)];
            for (var start = 0; start < prompt.Length; start += 4) decoder.Prefill(0, prompt.AsSpan(start, 4), start);
            var first = new byte[8 * decoder.PositionBytes];
            var rest = new byte[4 * decoder.PositionBytes];
            decoder.ReadPrefix(0, 0, 8, first);
            decoder.ReadPrefix(0, 8, 4, rest);
            decoder.WritePrefix(2, 8, 4, rest);
            decoder.WritePrefix(2, 0, 8, first);
        }
        Same(expected.Prefill(2, [5, 6], 12).ToArray(), actual.Prefill(2, [5, 6], 12), tolerance);
        var other = new byte[8 * actual.PositionBytes];
        Assert.Throws<ArgumentOutOfRangeException>(() => actual.ReadPrefix(actual.Rows, 0, 8, other));
        Assert.Throws<ArgumentOutOfRangeException>(() => actual.WritePrefix(0, 100_000, 8, other));
        Assert.Throws<ArgumentOutOfRangeException>(() => actual.ReadPrefix(0, 0, 7, other));
    }

    private static void Prompt(IDecoder expected, IDecoder actual, int row, int[] ids, double tolerance)
    {
        var chunk = Math.Min(expected.MaxChunk, actual.MaxChunk);
        for (var start = 0; start < ids.Length; start += chunk)
        {
            var part = ids.AsSpan(start, Math.Min(chunk, ids.Length - start));
            Same(expected.Prefill(row, part, start).ToArray(), actual.Prefill(row, part, start), tolerance);
        }
    }

    public static void Same(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance = Tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        double worst = 0;
        for (var i = 0; i < expected.Length; i++) worst = Math.Max(worst, Math.Abs(expected[i] - actual[i]));
        Assert.InRange(worst, 0, tolerance);
    }
}
