using EdgeAgent.Knowledge;
using EdgeAgent.Knowledge.Grounding;

namespace EdgeAgent.Queries;

/// <summary>Answers that rest on documents. Pure.</summary>
internal static class DocumentAnswer
{
    /// <summary>What the documents say, in their own lines.</summary>
    /// <param name="draft">The answer's id, times and counts.</param>
    public static Answer Quoted(Answer draft, ManualFinding manual) => Grounded(draft, manual, manual.Extract(), AnswerSources.Document);

    /// <summary>
    /// What the student wrote from the passages, or the documents' own lines where it stopped early or a figure of it does not stand there.
    /// </summary>
    /// <param name="written">The student's answer.</param>
    public static Answer Composed(Answer written, ManualFinding manual)
    {
        var grounds = manual.Check(written.FinishReason == "stop" ? written.Text : "", out var isQuoted);
        return Grounded(written with { FinishReason = "stop" }, manual, grounds, isQuoted ? AnswerSources.Document : AnswerSources.Model);
    }

    private static Answer Grounded(Answer answer, ManualFinding manual, GroundedAnswer grounds, string source) =>
        answer with { Text = grounds.Text, Source = source, Grounds = grounds, Library = manual.Library };
}
