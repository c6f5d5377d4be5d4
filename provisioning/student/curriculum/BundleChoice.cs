namespace EdgeAgent.Lab;

/// <summary>A student in 4 bits that could be shipped.</summary>
/// <param name="Bytes">Of all its files.</param>
internal sealed record Candidate(string Method, long Bytes, int Right, int Asked);

/// <summary>Which 4-bit form of a student is bundled. Pure.</summary>
internal static class BundleChoice
{
    /// <summary>The repository takes no larger bundle.</summary>
    public const long MaxBytes = 8_000_000;

    /// <summary>The one with most right answers of those that are small enough; of equals the smaller one; null where none is.</summary>
    public static Candidate? Best(IEnumerable<Candidate> candidates) => candidates.Where(c => c.Bytes <= MaxBytes && c.Asked > 0)
        .OrderByDescending(c => (double)c.Right / c.Asked).ThenBy(c => c.Bytes).FirstOrDefault();
}
