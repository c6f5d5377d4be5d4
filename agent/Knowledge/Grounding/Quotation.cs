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
    public static (int Start, int End) Of(Passage passage, string question)
    {
        var asked = Terms.OfQuestion(question, _ => true).ToHashSet(StringComparer.Ordinal);
        return passage.IsTable ? Rows(passage.Text, asked)
            : passage.Text.Length <= MaxLength ? (0, passage.Text.Length) : SentencesOf(passage.Text, asked);
    }

    /// <summary>The row that has most of what is asked; where several have as much, from the first to the last.</summary>
    private static (int Start, int End) Rows(string passage, HashSet<string> asked)
    {
        var (start, end, best, most) = (0, 0, (0, passage.Length), double.NegativeInfinity);
        while (start < passage.Length)
        {
            end = passage.IndexOf('\n', start) is var at and >= 0 ? at : passage.Length;
            var gain = Named(passage[start..end], asked);
            if (gain > most) (best, most) = ((start, end), gain);
            else if (gain == most && end - best.Item1 <= MaxLength) best = (best.Item1, end);
            start = end + 1;
        }
        return best;
    }

    private static (int Start, int End) SentencesOf(string passage, HashSet<string> asked)
    {
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

    private static double Gain(string sentence, HashSet<string> asked) => Named(sentence, asked)
        + FigureGain * Terms.OfPassage(sentence).Distinct().Count(t => t[0] == Terms.FigureMark && !asked.Contains(t));

    /// <summary>What a text has of the question.</summary>
    private static double Named(string text, HashSet<string> asked) =>
        Terms.OfPassage(text).Distinct().Where(asked.Contains).Sum(t => t[0] == Terms.CodeMark ? CodeGain : 1);
}
