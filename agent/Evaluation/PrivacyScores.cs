using EdgeAgent.Platform;
using EdgeAgent.Privacy;

namespace EdgeAgent.Evaluation;

/// <summary>Exact spans of one type: spans that are right, spans found, spans labelled.</summary>
internal sealed record TypeScore(int Right, int Found, int Expected)
{
    public double F1 => Right == 0 ? 0 : 2.0 * Right / (Found + Expected);
}

/// <summary>How well personal data is found in labelled texts; <see cref="PrivacyCounts"/> has the rules.</summary>
/// <param name="CharacterPrecision">Over letters and digits, 0..1; so is the recall.</param>
/// <param name="SpanPrecision">Over spans with the exact borders and type, 0..1; so is the recall.</param>
/// <param name="Values">Labelled values.</param>
/// <param name="Leaked">Values of which a letter or digit was not found.</param>
/// <param name="ByType">Exact spans of the types the file labels.</param>
/// <param name="FalseAlarmsPerKilobyte">
/// Findings in texts without a labelled span, per 1,024 bytes of UTF-8; NaN without such texts.
/// </param>
internal sealed record PrivacyScores(int Texts, double CharacterPrecision, double CharacterRecall, double SpanPrecision, double SpanRecall,
    int Values, int Leaked, double MillisecondsPerText, IReadOnlyDictionary<string, TypeScore> ByType, double FalseAlarmsPerKilobyte)
{
    private const int WarmUpTexts = 50;

    public double CharacterF2 => F2(CharacterPrecision, CharacterRecall);
    public double SpanF2 => F2(SpanPrecision, SpanRecall);

    /// <param name="path">A file that <see cref="LabelledTexts"/> reads.</param>
    /// <exception cref="ModelFileException">Not such a file.</exception>
    public static PrivacyScores Measure(Desensitizer desensitizer, string path, TimeProvider clock)
    {
        var texts = LabelledTexts.Load(path);
        foreach (var (text, _) in texts.Take(WarmUpTexts)) desensitizer.Find(text);
        var start = clock.GetTimestamp();
        var found = texts.ConvertAll(t => desensitizer.Find(t.Text));
        var elapsed = clock.GetElapsedTime(start);
        var counts = new PrivacyCounts();
        foreach (var (text, findings) in texts.Zip(found)) counts.Add(text, findings);
        return counts.Scores(texts.Count, elapsed);
    }

    private static double F2(double p, double r) => p + r > 0 ? 5 * p * r / (4 * p + r) : 0;
}
