using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Sampling;

namespace EdgeAgent.Import.Calibration;

/// <summary>Lets a decoder write windows, as many at a time as it has rows, all at the same position.</summary>
internal static class WindowWriter
{
    /// <param name="length">Tokens of each window, at most the decoder's context.</param>
    /// <param name="progress">Called after each step with the tokens written in it.</param>
    /// <exception cref="LogitsException">A logit is no number.</exception>
    public static void Write(IDecoder decoder, IReadOnlyList<WrittenWindow> windows, int length, ulong seed, Action<int>? progress)
    {
        var draws = new TokenDraw[decoder.Rows];
        for (var first = 0; first < windows.Count; first += decoder.Rows)
        {
            var rows = Math.Min(decoder.Rows, windows.Count - first);
            for (var r = 0; r < rows; r++)
            {
                draws[r] = new TokenDraw(seed * 1_000_003 + (ulong)(first + r), decoder.Vocabulary);
                windows[first + r].Append(windows[first + r].Forced!.Value);
            }
            var ids = new int[rows];
            var positions = new int[rows];
            for (var position = 0; position + 1 < length; position++)
            {
                for (var r = 0; r < rows; r++) (ids[r], positions[r]) = (windows[first + r].Last, position);
                var logits = decoder.Decode(ids, positions); // [rows, vocabulary]
                for (var r = 0; r < rows; r++)
                {
                    var window = windows[first + r];
                    window.Append(window.Forced
                        ?? draws[r].Next(logits.Slice(r * decoder.Vocabulary, decoder.Vocabulary), window.Allowed));
                }
                progress?.Invoke(rows);
            }
        }
    }
}
