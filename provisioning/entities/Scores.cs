using EdgeAgent.Privacy.Entities;

namespace EntityLab;

/// <summary>Exact spans with the right type: precision, recall and F1 of each type and of all; and characters, whatever the type.</summary>
internal sealed record Scores(IReadOnlyList<(int Right, int Found, int Expected)> ByType,
    (long Right, long Found, long Expected) Characters, double MillisecondsPerSentence)
{
    public static Scores Measure(EntityModel model, IReadOnlyList<Sentence> sentences)
    {
        var byType = new (int Right, int Found, int Expected)[Tagger.Types.Count];
        (long Right, long Found, long Expected) characters = default;
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var found = sentences.Select(s => model.Find(s.Text)).ToList();
        var elapsed = clock.Elapsed.TotalMilliseconds / Math.Max(1, sentences.Count);
        for (var i = 0; i < sentences.Count; i++)
        {
            var expected = sentences[i].Spans.Select(s => (s.Start, s.End, Type: Tagger.Types[s.Type])).ToHashSet();
            bool[] mine = Marks(sentences[i].Text.Length, found[i].Select(f => (f.Start, f.End))),
                theirs = Marks(sentences[i].Text.Length, expected.Select(e => (e.Start, e.End)));
            for (var c = 0; c < mine.Length; c++)
            {
                if (!char.IsLetterOrDigit(sentences[i].Text[c])) continue;
                if (mine[c]) characters.Found++;
                if (theirs[c]) characters.Expected++;
                if (mine[c] && theirs[c]) characters.Right++;
            }
            for (var type = 0; type < byType.Length; type++)
            {
                byType[type].Expected += expected.Count(e => e.Type == Tagger.Types[type]);
                byType[type].Found += found[i].Count(f => f.Type == Tagger.Types[type]);
                byType[type].Right += found[i].Count(f => f.Type == Tagger.Types[type] && expected.Contains(f));
            }
        }
        return new Scores(byType, characters, elapsed);
    }

    private static bool[] Marks(int length, IEnumerable<(int Start, int End)> spans)
    {
        var marks = new bool[length];
        foreach (var (start, end) in spans) marks.AsSpan(start, end - start).Fill(true);
        return marks;
    }

    private static double F(double right, double found, double expected, double beta = 1) =>
        right == 0 ? 0 : (1 + beta * beta) * right / (found + beta * beta * expected);

    /// <summary>
    /// What the operating point is chosen by: the mean F1 of the types, and F2 of the characters, which is what leaks, by its weight.
    /// </summary>
    public double Worth(double leaks) =>
        ByType.Average(t => F(t.Right, t.Found, t.Expected)) + leaks * F(Characters.Right, Characters.Found, Characters.Expected, 2);

    /// <summary>Clearly above another's F1, type by type, and above that of its characters.</summary>
    public bool IsAbove(IReadOnlyList<double> peer, double characters) =>
        ByType.Zip(peer).All(p => F(p.First.Right, p.First.Found, p.First.Expected) > p.Second + Clearly)
        && F(Characters.Right, Characters.Found, Characters.Expected) > characters;

    private const double Clearly = 0.003;

    public override string ToString() =>
        string.Join(", ", ByType.Select((t, i) => $"{Tagger.Types[i]} {F(t.Right, t.Found, t.Expected):F3}"))
        + $", all {F(ByType.Sum(t => t.Right), ByType.Sum(t => t.Found), ByType.Sum(t => t.Expected)):F3} (precision " +
            $"{(double)ByType.Sum(t => t.Right) / Math.Max(1, ByType.Sum(t => t.Found)):F3}, recall " +
            $"{(double)ByType.Sum(t => t.Right) / ByType.Sum(t => t.Expected):F3}), characters F1 " +
            $"{F(Characters.Right, Characters.Found, Characters.Expected):F3} F2 " +
            $"{F(Characters.Right, Characters.Found, Characters.Expected, 2):F3}, {MillisecondsPerSentence:F3} ms a sentence";
}
