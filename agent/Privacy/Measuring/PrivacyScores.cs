using EdgeAgent.Platform;

namespace EdgeAgent.Privacy.Measuring;

/// <summary>How well personal data is found in labelled texts; <see cref="DetectionScores"/> has the rules.</summary>
/// <param name="CharacterPrecision">Over letters and digits, 0..1; so is the recall.</param>
/// <param name="SpanPrecision">Over spans with the exact borders and type, 0..1; so is the recall.</param>
/// <param name="Values">Labelled values.</param>
/// <param name="Leaked">Values of which a letter or digit was not found.</param>
/// <param name="ByType">Exact spans of the types the file labels.</param>
/// <param name="FalseAlarmsPerKilobyte">
/// Findings in texts without a labelled span, per 1,024 bytes of UTF-8; NaN without such texts.
/// </param>
internal sealed record PrivacyScores(int Texts, double CharacterPrecision, double CharacterRecall, double SpanPrecision, double SpanRecall,
    int Values, int Leaked, double MillisecondsPerText, IReadOnlyDictionary<string, MatchCounts> ByType, double FalseAlarmsPerKilobyte)
{
    /// <summary>Texts that are read once before time is taken.</summary>
    private const int WarmUpTexts = 50;

    private const double BytesPerKilobyte = 1024;

    public double CharacterF2 => F2(CharacterPrecision, CharacterRecall);

    public double SpanF2 => F2(SpanPrecision, SpanRecall);

    private static double F2(double p, double r) => p + r > 0 ? 5 * p * r / (4 * p + r) : 0;

    /// <summary>Measures a file.</summary>
    /// <exception cref="ModelFileException">Not a file that <see cref="LabelledTexts.Load"/> reads.</exception>
    public static PrivacyScores Measure(Desensitizer desensitizer, string path, TimeProvider clock)
    {
        var texts = LabelledTexts.Load(path);
        foreach (var (text, _) in texts.Take(WarmUpTexts)) desensitizer.Find(text);
        var start = clock.GetTimestamp();
        var found = texts.ConvertAll(t => desensitizer.Find(t.Text));
        var elapsed = clock.GetElapsedTime(start);
        var scores = new DetectionScores();
        foreach (var (text, findings) in texts.Zip(found)) scores.Add(text, [.. findings.Select(f => (f.Start, f.End, f.Type))]);
        return Of(scores, texts.Count, elapsed);
    }

    /// <param name="texts">How many were counted.</param>
    /// <param name="elapsed">Time to read them all.</param>
    public static PrivacyScores Of(DetectionScores scores, int texts, TimeSpan elapsed)
    {
        var byType = new SortedDictionary<string, MatchCounts>(scores.ByType.Where(t => t.Value.Expected > 0).ToDictionary(),
            StringComparer.Ordinal);
        return new PrivacyScores(texts, scores.Characters.Precision, scores.Characters.Recall, scores.Spans.Precision,
            scores.Spans.Recall, (int)scores.Spans.Expected, scores.Leaked, elapsed.TotalMilliseconds / Math.Max(1, texts), byType,
            scores.CleanBytes > 0 ? scores.FalseAlarms / (scores.CleanBytes / BytesPerKilobyte) : double.NaN);
    }
}
