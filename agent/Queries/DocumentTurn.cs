using EdgeAgent.Knowledge;
using EdgeAgent.Knowledge.Grounding;
using EdgeAgent.Privacy;

namespace EdgeAgent.Queries;

/// <summary>What the plant's documents say of one query, and the answers that rest on it.</summary>
internal sealed class DocumentTurn
{
    private readonly ManualFinding _finding;

    private DocumentTurn(ManualFinding finding, bool composesWithStudent) =>
        (_finding, ComposesWithStudent) = (finding, composesWithStudent);

    /// <summary>Whether the student words what they say.</summary>
    public bool ComposesWithStudent { get; }

    /// <summary>Whether the documents have the answer, or nothing.</summary>
    public DocumentSay Say => _finding.HasAnswer ? DocumentSay.Answer : DocumentSay.Nothing;

    /// <summary>Names the documents behind it that not everybody may read: what rests on them is shared with nobody else.</summary>
    public string Audience => _finding.Audience;

    /// <summary>What a student is asked.</summary>
    public string Prompt => _finding.Prompt();

    /// <summary>Version of the documents that answer now; empty where there are none.</summary>
    public static string VersionOf(QueryServices services) => services.Manuals?.Library?.Version ?? "";

    /// <summary>Looks the last question up. Null where there is no library, or where it does not say and need not.</summary>
    /// <param name="texts">The messages, desensitized.</param>
    /// <param name="reader">See <see cref="Asker.Reader"/>.</param>
    public static DocumentTurn? Of(QueryServices services, Query query, IReadOnlyList<Scrubbed>? texts, string? reader)
    {
        if (services.Manuals is not { IsInUse: true } manuals || texts is null || query.Format.NeedsStudent) return null;
        var last = query.Messages.Count - 1;
        while (last >= 0 && query.Messages[last].Role != "user") last--;
        if (last < 0) return null;
        var finding = manuals.Look(query.Messages[last].Content, texts[last], reader);
        return finding.HasAnswer || manuals.IsStrict ? new DocumentTurn(finding, manuals.ComposesWithStudent) : null;
    }

    /// <summary>What the documents say, in their own lines.</summary>
    /// <param name="draft">The answer's id, times and counts.</param>
    public Answer Quoted(Answer draft) => Grounded(draft, _finding.Extract(), AnswerSources.Document);

    /// <summary>
    /// What the student wrote from the passages, or the documents' own lines where it stopped early or a figure of it does not stand there.
    /// </summary>
    /// <param name="written">The student's answer.</param>
    public Answer Composed(Answer written)
    {
        var grounds = _finding.Check(written.FinishReason == "stop" ? written.Text : "", out var isQuoted);
        return Grounded(written with { FinishReason = "stop" }, grounds, isQuoted ? AnswerSources.Document : AnswerSources.Model);
    }

    private Answer Grounded(Answer answer, GroundedAnswer grounds, string source) =>
        answer with { Text = grounds.Text, Source = source, Grounds = grounds, Library = _finding.Library };
}
