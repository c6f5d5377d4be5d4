namespace EdgeAgent.Privacy.Entities.Crf;

/// <summary>Sums of numbers that are kept as their logarithms. Negative infinity stands for zero.</summary>
internal static class LogSpace
{
    /// <summary>
    /// Difference of two logarithms from which the smaller adds nothing: 1 + exp(-37) rounds to 1 in double precision, so that the
    /// shortcut gives the same bits as the formula.
    /// </summary>
    private const double Negligible = 37;

    /// <summary>sum = log(exp(sum) + exp(term)).</summary>
    public static void Add(ref double sum, double term)
    {
        var (large, small) = sum > term ? (sum, term) : (term, sum);
        sum = double.IsNegativeInfinity(small) || large - small > Negligible ? large : large + Math.Log(1 + Math.Exp(small - large));
    }

    /// <summary>log of the sum of the exponentials.</summary>
    public static double Sum(ReadOnlySpan<double> values)
    {
        var max = double.NegativeInfinity;
        foreach (var v in values) max = Math.Max(max, v);
        if (double.IsNegativeInfinity(max)) return max;
        double sum = 0;
        foreach (var v in values) sum += Math.Exp(v - max);
        return max + Math.Log(sum);
    }

    /// <summary>An array of zeros, that is of negative infinity.</summary>
    public static double[] Zeros(int length)
    {
        var values = new double[length];
        values.AsSpan().Fill(double.NegativeInfinity);
        return values;
    }
}
