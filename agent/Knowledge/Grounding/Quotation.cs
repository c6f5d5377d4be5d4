using EdgeAgent.Knowledge.Index;

namespace EdgeAgent.Knowledge.Grounding;

/// <summary>The lines of a passage that answer a question: whole sentences in their order. Pure.</summary>
internal static class Quotation
{
    /// <summary>Characters of a quotation; a shorter passage is quoted whole.</summary>
    private const int MaxLength = 420;

    /// <summary>What a sentence gains that has a code of the question, and one with a figure.</summary>
    private const double CodeGain = 2, FigureGain = 0.3;

    /// <returns>The place of the lines in the passage's text.</returns>
    public static (int Start, int End) Of(string passage, string question)
    {
        if (passage.Length <= MaxLength) return (0, passage.Length);
        var asked = Terms.OfQuestion(question, _ => true).ToHashSet(StringComparer.Ordinal);
        var sentences = Sentences.Of(passage).ToList();
        var best = 0;
        var most = double.NegativeInfinity;
        for (var i = 0; i < sentences.Count; i++)
            if (Gain(passage[sentences[i].Start..sentences[i].End], asked) is var gain && gain > most) (best, most) = (i, gain);
        var (start, end) = (sentences[best].Start, Math.Min(sentences[best].End, sentences[best].Start + MaxLength));
        // what answers follows what is asked: steps, values
        for (var i = best + 1; i < sentences.Count && sentences[i].End - start <= MaxLength; i++) end = sentences[i].End;
        for (var i = best - 1; i >= 0 && end - sentences[i].Start <= MaxLength; i--) start = sentences[i].Start;
        return (start, end);
    }

    private static double Gain(string sentence, HashSet<string> asked)
    {
        var gain = 0.0;
        foreach (var term in Terms.OfPassage(sentence).Distinct())
            if (asked.Contains(term)) gain += term[0] == Terms.CodeMark ? CodeGain : 1;
            else if (term[0] == Terms.FigureMark) gain += FigureGain;
        return gain;
    }
}
