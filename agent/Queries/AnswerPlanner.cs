using EdgeAgent.Thermal;

namespace EdgeAgent.Queries;

/// <summary>What became of asking the student.</summary>
internal enum GenerationOutcome
{
    /// <summary>The student has not been asked yet.</summary>
    NotTried,

    /// <summary>The engine's queue is full.</summary>
    Busy,

    /// <summary>No student is loaded at present.</summary>
    Away,

    /// <summary>The engine failed.</summary>
    Failed,

    /// <summary>The conversation does not fit the student's context.</summary>
    TooLong,

    /// <summary>The student cannot be asked this way: template or sampling refuse it.</summary>
    Invalid,

    /// <summary>The deadline passed.</summary>
    Expired,

    /// <summary>The asker cancelled.</summary>
    Cancelled,

    /// <summary>Heat ended it.</summary>
    Overheated,

    /// <summary>The device stops.</summary>
    Stopping,
}

/// <summary>Which stored answers may be looked for.</summary>
internal enum StoredSearch { None, SameQuestion, SimilarQuestion }

/// <summary>What the plant's documents say of a question.</summary>
internal enum DocumentSay
{
    /// <summary>They are not asked: there are none, or the query is none for them.</summary>
    NotAsked,

    /// <summary>They have the answer.</summary>
    Answer,

    /// <summary>They do not say, and the student's memory must not.</summary>
    Nothing,
}

/// <summary>What is done next for a query.</summary>
internal enum AnswerAction
{
    /// <summary>Serve the stored answer that was found.</summary>
    ServeStored,

    /// <summary>Ask the student.</summary>
    Generate,

    /// <summary>Ask the student to word the answer from the documents' passages.</summary>
    GenerateFromDocuments,

    /// <summary>Serve what the documents say: their lines, or that they do not say.</summary>
    ServeDocuments,

    /// <summary>Serve the deployer's preset text.</summary>
    ServePreset,

    /// <summary>End with what was generated so far; the asker wanted it to end.</summary>
    EndCancelled,

    /// <summary>End with the sentences that were generated so far; the device is too hot to go on.</summary>
    EndDegraded,

    /// <summary>Reply with an error; <see cref="AnswerPlan.Code"/> says which.</summary>
    Refuse,
}

/// <summary>What the decision depends on.</summary>
/// <param name="Outcome">What became of asking the student so far.</param>
/// <param name="Level">Thermal level at the query's arrival.</param>
/// <param name="HasStored">Whether a stored answer was found by <see cref="AnswerPlanner.SearchFor"/>.</param>
/// <param name="HasPreset">Whether the deployer set a preset text.</param>
/// <param name="HasBegun">Whether the asker has seen a piece of an answer.</param>
/// <param name="NeedsStudent">Whether only the student's answer would do: it must have a form, or calls tools.</param>
internal readonly record struct AnswerSituation(GenerationOutcome Outcome, Level Level, bool HasStored, bool HasPreset, bool HasBegun,
    bool NeedsStudent)
{
    /// <summary>What the documents say.</summary>
    public DocumentSay Documents { get; init; }

    /// <summary>Whether the student words what the documents say.</summary>
    public bool ComposesWithStudent { get; init; }
}

/// <summary>The decision.</summary>
/// <param name="Code">One of <see cref="ErrorCodes"/>; null unless refused.</param>
internal readonly record struct AnswerPlan(AnswerAction Action, string? Code = null);

/// <summary>
/// Decides how a query is answered. Pure: no clock, no I/O; the handler looks up what <see cref="SearchFor"/> says and does what
/// <see cref="Decide"/> says, before the student is asked and again where that failed.
/// </summary>
internal static class AnswerPlanner
{
    /// <summary>Whether the student may be asked at a level: below L3.</summary>
    public static bool MayGenerate(Level level) => level < Level.L3;

    /// <summary>Whether the student may word what documents say: from L2 on their lines are served as they stand.</summary>
    public static bool MayCompose(Level level) => level < Level.L2;

    /// <summary>Answer tokens left at a level: all at L0, half from L1 on, never less than one.</summary>
    public static int Tokens(int asked, Level level) => level >= Level.L1 ? Math.Max(1, asked / 2) : asked;

    /// <summary>
    /// Which stored answers to look for. A similar question's answer will do where the device saves heat (from L2 on) or where the
    /// alternative is no answer; the same question's always. None where only the student's answer would do.
    /// </summary>
    public static StoredSearch SearchFor(GenerationOutcome outcome, Level level, bool hasBegun, bool needsStudent) => outcome switch
    {
        _ when needsStudent => StoredSearch.None,
        GenerationOutcome.NotTried => level >= Level.L2 ? StoredSearch.SimilarQuestion : StoredSearch.SameQuestion,
        _ => CanBeReplaced(outcome) && !hasBegun ? StoredSearch.SimilarQuestion : StoredSearch.None,
    };

    public static AnswerPlan Decide(AnswerSituation situation)
    {
        var (outcome, level, hasStored, hasPreset, hasBegun, needsStudent) = situation;
        var documents = needsStudent || hasBegun ? DocumentSay.NotAsked : situation.Documents;
        if (needsStudent) (hasStored, hasPreset) = (false, false);
        switch (outcome)
        {
            case GenerationOutcome.NotTried when hasStored: return new(AnswerAction.ServeStored);
            case GenerationOutcome.NotTried when documents == DocumentSay.Answer && situation.ComposesWithStudent && MayCompose(level):
                return new(AnswerAction.GenerateFromDocuments);
            case GenerationOutcome.NotTried when documents != DocumentSay.NotAsked: return new(AnswerAction.ServeDocuments);
            case GenerationOutcome.NotTried when MayGenerate(level): return new(AnswerAction.Generate);
            case GenerationOutcome.NotTried: outcome = GenerationOutcome.Overheated; break;
            case GenerationOutcome.Cancelled: return new(AnswerAction.EndCancelled);
            case GenerationOutcome.Overheated when hasBegun: return new(AnswerAction.EndDegraded);
        }
        if (CanBeReplaced(outcome) && !hasBegun)
        {
            if (hasStored) return new(AnswerAction.ServeStored);
            if (documents == DocumentSay.Answer) return new(AnswerAction.ServeDocuments);
            if (hasPreset) return new(AnswerAction.ServePreset);
        }
        // the passages made the prompt too long, not the asker
        if (outcome == GenerationOutcome.TooLong && documents == DocumentSay.Answer) return new(AnswerAction.ServeDocuments);
        return new(AnswerAction.Refuse, Code(outcome));
    }

    /// <summary>Whether another answer than the student's is better than the error.</summary>
    private static bool CanBeReplaced(GenerationOutcome outcome) => outcome is GenerationOutcome.Busy or GenerationOutcome.Away
        or GenerationOutcome.Failed or GenerationOutcome.Overheated;

    private static string Code(GenerationOutcome outcome) => outcome switch
    {
        GenerationOutcome.Busy => ErrorCodes.Overloaded,
        GenerationOutcome.TooLong => ErrorCodes.TooLong,
        GenerationOutcome.Invalid => ErrorCodes.InvalidRequest,
        GenerationOutcome.Expired => ErrorCodes.Expired,
        _ => ErrorCodes.Unavailable,
    };
}
