namespace EdgeAgent.Privacy.Measuring;

/// <summary>How much was found rightly, was found, and is labelled: spans or characters.</summary>
/// <param name="Right">Found and labelled.</param>
/// <param name="Found">Found.</param>
/// <param name="Expected">Labelled.</param>
public readonly record struct MatchCounts(long Right, long Found, long Expected)
{
    /// <summary>Share of what was found that is right, 0..1; 0 where nothing was found.</summary>
    public double Precision => Found == 0 ? 0 : (double)Right / Found;

    /// <summary>Share of what is labelled that was found, 0..1; 0 where nothing is labelled.</summary>
    public double Recall => Expected == 0 ? 0 : (double)Right / Expected;

    /// <summary>Harmonic mean of precision and recall, 0..1.</summary>
    public double F1 => F(1);

    /// <summary>F-measure, 0..1; a beta above 1 weighs recall more.</summary>
    public double F(double beta) => Right == 0 ? 0 : (1 + beta * beta) * Right / (Found + beta * beta * Expected);

    /// <summary>Adds two counts.</summary>
    public static MatchCounts operator +(MatchCounts a, MatchCounts b) =>
        new(a.Right + b.Right, a.Found + b.Found, a.Expected + b.Expected);

    /// <summary>Adds two counts.</summary>
    public static MatchCounts Add(MatchCounts left, MatchCounts right) => left + right;
}
