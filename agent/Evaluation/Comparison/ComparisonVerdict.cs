namespace EdgeAgent.Evaluation.Comparison;

/// <summary>What a comparison of A with B says so far.</summary>
internal enum ComparisonOutcome
{
    /// <summary>Nothing is proven yet; more ratings will tell.</summary>
    Continue,

    /// <summary>One of both resolves more. Which one, and by how much, the interval says.</summary>
    Superior,

    /// <summary>The difference is smaller than the margin either way.</summary>
    Equivalent,

    /// <summary>The largest number of ratings is reached and nothing is proven.</summary>
    Inconclusive,
}

/// <summary>How a comparison is judged.</summary>
/// <param name="Margin">Differences of shares below this do not matter in practice, above 0 and below 1.</param>
/// <param name="Alpha">Largest probability of a wrong verdict, over all looks together, above 0 and below 1.</param>
/// <param name="MaxPerArm">Ratings an arm after which the comparison ends without a verdict.</param>
internal sealed record ComparisonOptions(double Margin = 0.05, double Alpha = 0.05, int MaxPerArm = 5000);

/// <summary>A verdict, and the difference of the shares A - B with its anytime-valid confidence interval.</summary>
/// <param name="Winner">A or B where one is superior; null otherwise.</param>
/// <param name="PerArm">Ratings of each arm that counted.</param>
internal sealed record ComparisonVerdict(ComparisonOutcome Outcome, string? Winner, double Difference, double Low, double High, int PerArm);
