using EdgeAgent.Privacy.Entities;
using EdgeAgent.Privacy.Measuring;

namespace EntityLab;

/// <summary>How well a model does on labelled sentences: exact spans by type, and characters whatever the type.</summary>
internal sealed record ModelScores(DetectionScores Scores, double MillisecondsPerSentence)
{
    /// <summary>F1 by which a type must surpass the peer's, beyond rounding.</summary>
    private const double Margin = 0.003;

    public static ModelScores Measure(EntityModel model, IReadOnlyList<Sentence> sentences)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var found = sentences.Select(s => model.Find(s.Text)).ToList();
        var elapsed = clock.Elapsed.TotalMilliseconds / Math.Max(1, sentences.Count);
        var scores = new DetectionScores();
        foreach (var (sentence, entities) in sentences.Zip(found)) scores.Add(sentence.Labelled(), entities);
        return new ModelScores(scores, elapsed);
    }

    /// <summary>
    /// What the operating point is chosen by: the mean F1 of the types, and F2 of the characters, which is what leaks, by its weight.
    /// </summary>
    public double Objective(double leakWeight) => ByType.Average(t => t.F1) + leakWeight * Scores.Characters.F(2);

    /// <summary>Whether every type's F1, and that of the characters, surpasses another product's.</summary>
    public bool Surpasses(IReadOnlyList<double> peer, double characters) =>
        ByType.Zip(peer).All(p => p.First.F1 > p.Second + Margin) && Scores.Characters.F1 > characters;

    private IEnumerable<MatchCounts> ByType => EntityLabels.Types.Select(t => Scores.ByType.GetValueOrDefault(t));

    public override string ToString()
    {
        var all = ByType.Aggregate((a, b) => a + b);
        return string.Join(", ", EntityLabels.Types.Zip(ByType).Select(t => $"{t.First} {t.Second.F1:F3}"))
            + $", all {all.F1:F3} (precision {all.Precision:F3}, recall {all.Recall:F3}), characters F1 {Scores.Characters.F1:F3} F2 "
            + $"{Scores.Characters.F(2):F3}, {MillisecondsPerSentence:F3} ms a sentence";
    }
}
