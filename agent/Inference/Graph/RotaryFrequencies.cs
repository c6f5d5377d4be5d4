using EdgeAgent.Bundles;

namespace EdgeAgent.Inference.Graph;

/// <summary>Rotary frequencies (Su et al. 2021) with the scalings of long-context models.</summary>
internal static class RotaryFrequencies
{
    /// <summary>Radians per position for each pair of a head, [head_size / 2], and the factor on cos and sin.</summary>
    public static (double[] Frequencies, double Factor) Of(Architecture a)
    {
        var plain = Enumerable.Range(0, a.HeadSize / 2).Select(i => Math.Pow(a.RopeTheta, -2.0 * i / a.HeadSize)).ToArray();
        return a.RopeScaling switch
        {
            null => (plain, 1),
            { Type: RopeScaling.Linear } s => ([.. plain.Select(f => f / s.Factor)], 1),
            { Type: RopeScaling.Divisors } s => ([.. plain.Select((f, i) => f / s.FrequencyDivisors![i])], 1),
            { Type: RopeScaling.Llama3 } s => ([.. plain.Select(f => Llama3(f, s))], 1),
            var s => (Yarn(plain, a, s), s.AttentionFactor ?? (s.Factor > 1 ? 0.1 * Math.Log(s.Factor) + 1 : 1)),
        };
    }

    /// <summary>One position's row of a rotary table, [head_size / 2].</summary>
    /// <param name="function">Cosine or sine.</param>
    public static void Row((double[] Frequencies, double Factor) rotary, int position, Func<double, double> function, Span<float> row)
    {
        for (var i = 0; i < row.Length; i++) row[i] = (float)(function(position * rotary.Frequencies[i]) * rotary.Factor);
    }

    /// <summary>Stretches long wavelengths by the factor, keeps short ones, and blends those between.</summary>
    private static double Llama3(double frequency, RopeScaling s)
    {
        var wavelength = 2 * Math.PI / frequency;
        double maxWavelength = s.OriginalContext / (double)s.LowFrequencyFactor,
            minWavelength = s.OriginalContext / (double)s.HighFrequencyFactor;
        if (wavelength < minWavelength) return frequency;
        if (wavelength > maxWavelength) return frequency / s.Factor;
        var smooth = (s.OriginalContext / wavelength - s.LowFrequencyFactor) / (s.HighFrequencyFactor - s.LowFrequencyFactor);
        return (1 - smooth) * frequency / s.Factor + smooth * frequency;
    }

    /// <summary>
    /// Keeps dimensions that rotate often within the original context, stretches those that rotate rarely, with a ramp between.
    /// </summary>
    private static double[] Yarn(double[] plain, Architecture a, RopeScaling s)
    {
        double Dimension(double rotations) =>
            a.HeadSize * Math.Log(s.OriginalContext / (rotations * 2 * Math.PI)) / (2 * Math.Log(a.RopeTheta));
        double low = Math.Max(Math.Floor(Dimension(s.BetaFast)), 0), high = Math.Min(Math.Ceiling(Dimension(s.BetaSlow)), a.HeadSize - 1);
        if (low == high) high += 0.001;
        return [.. plain.Select((f, i) =>
        {
            var stretched = Math.Clamp((i - low) / (high - low), 0, 1);
            return f / s.Factor * stretched + f * (1 - stretched);
        })];
    }
}
