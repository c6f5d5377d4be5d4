namespace EdgeAgent.Lab;

/// <summary>
/// What a teacher says of one token: the most probable next tokens, and the probability of all others together.
/// </summary>
/// <param name="Ids">Token ids, the most probable first.</param>
/// <param name="Probabilities">Of the ids, at the temperature at which they were taken.</param>
/// <param name="Tail">What is left: 1 less their sum, 0 or more.</param>
internal sealed record TeacherToken(ushort[] Ids, float[] Probabilities, float Tail);

/// <summary>The largest probabilities of logits. Pure.</summary>
internal static class TopK
{
    /// <param name="logits">[vocabulary]</param>
    /// <param name="k">Probabilities to keep, 1 to the vocabulary's size.</param>
    /// <param name="temperature">Above 0; the logits are divided by it.</param>
    public static TeacherToken Of(ReadOnlySpan<float> logits, int k, double temperature)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(k);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, logits.Length);
        var ids = new ushort[k];
        var values = new float[k];
        var filled = 0;
        var max = float.NegativeInfinity;
        foreach (var logit in logits) max = Math.Max(max, logit);
        double sum = 0;
        for (var i = 0; i < logits.Length; i++)
        {
            sum += Math.Exp((logits[i] - max) / temperature);
            if (filled == k && logits[i] <= values[k - 1]) continue;
            var at = filled < k ? filled++ : k - 1;
            for (; at > 0 && values[at - 1] < logits[i]; at--) (ids[at], values[at]) = (ids[at - 1], values[at - 1]);
            (ids[at], values[at]) = ((ushort)i, logits[i]);
        }
        double kept = 0;
        for (var i = 0; i < k; i++)
        {
            var p = Math.Exp((values[i] - max) / temperature) / sum;
            kept += p;
            values[i] = (float)p;
        }
        return new TeacherToken(ids, values, (float)Math.Max(0, 1 - kept));
    }
}
