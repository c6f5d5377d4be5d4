using EdgeAgent.Platform.Configuration;

namespace EdgeAgent.Knowledge;

/// <summary>Who words an answer from documents.</summary>
internal enum AnswerComposer
{
    /// <summary>The device quotes the passage: exact, at every thermal level, without a student.</summary>
    Extract,

    /// <summary>
    /// The student words the answer from the passages. An answer with a figure that they lack is replaced by the quotation.
    /// </summary>
    Student,
}

/// <summary>Answers from the plant's own documents.</summary>
internal sealed record KnowledgeOptions
{
    /// <summary>
    /// Directory of a library that <c>edge-agent docs add</c> made. Changes in it are taken up while the service runs. Empty: none.
    /// </summary>
    [Length(0, 4096)]
    public string Library { get; init; } = "";

    /// <summary>
    /// Questions that the documents do not answer are refused, with the nearest sections, and never left to the student's memory. Switch
    /// off where the student also knows other things.
    /// </summary>
    public bool Strict { get; init; } = true;

    /// <summary>
    /// Who words the answers. <c>Student</c> needs an instructed model that can read passages; the bundled student cannot, so the
    /// default quotes.
    /// </summary>
    public AnswerComposer Compose { get; init; } = AnswerComposer.Extract;

    /// <summary>
    /// Share of what a question asks, by weight, that a passage must name to count as its answer. Raise it where wrong passages are
    /// quoted, lower it where right ones are refused.
    /// </summary>
    [Unit("share"), Range(0.1, 1)]
    public double MinCoverage { get; init; } = 0.55;

    /// <summary>Passages that are quoted, or given to the student, at most.</summary>
    [Unit("passages"), Range(1, 8)]
    public int MaxPassages { get; init; } = 3;

    /// <summary>Characters of passages that the student is given at most. They must fit its context.</summary>
    [Unit("characters"), Range(200, 32_768)]
    public int PromptCharacters { get; init; } = 3000;

    /// <summary>
    /// Who may read documents that were added with a role: for each role its people, as the CLIENT of their reply topics
    /// (<c>clients/CLIENT/rsp</c>), or as <c>key:NAME</c> for an API key of HTTP. Others never see a word of them. The broker must bind
    /// reply topics to its users; on the embedded one without users nobody has a role.
    /// </summary>
    [MaxCount(64)]
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Roles { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Whom to ask where the documents say nothing, as the refusal names it. Empty: nobody is named.</summary>
    [Length(0, 500)]
    public string Contact { get; init; } = "";
}
