using EdgeAgent.Knowledge.Grounding;
using EdgeAgent.Privacy;

namespace EdgeAgent.Knowledge;

/// <summary>
/// The library that answers at present, and how its answers are worded. The snapshot is swapped, not locked: questions never wait for the
/// disk. Safe for concurrent use.
/// </summary>
internal sealed class Manuals(KnowledgeOptions options)
{
    /// <summary>Passages that are judged for one question.</summary>
    private const int Candidates = 12;

    /// <summary>Characters of a question that are searched with.</summary>
    private const int MaxQuestion = 2000;

    private volatile LibraryAccess? _library;
    private volatile LibraryTrial? _trial;

    /// <summary>The library; null while none could be loaded.</summary>
    public Library? Library => _library?.Whole;

    /// <summary>The library on trial; null while there is none.</summary>
    public LibraryTrial? Trial => _trial;

    /// <summary>Whether questions are for documents: one is configured or was installed, even one that cannot be loaded.</summary>
    public bool IsInUse => options.Library.Length > 0 || _library is not null || Failure is not null;

    /// <summary>Another library answers, or none could be loaded.</summary>
    public event Action? Changed;

    public bool IsStrict => options.Strict;

    /// <summary>Whether a student words the answers.</summary>
    public bool ComposesWithStudent => options.Compose == AnswerComposer.Student;

    /// <summary>Why no library, or not the newest one, could be loaded; null where all is well.</summary>
    public string? Failure { get; set; }

    /// <summary>Lets another snapshot answer; ends a trial.</summary>
    public void Serve(Library library)
    {
        (_library, _trial, Failure) = (new LibraryAccess(library, options.Roles), null, null);
        Changed?.Invoke();
    }

    /// <summary>Lets a library answer a share of the questions beside the one that serves.</summary>
    /// <param name="share">0..1.</param>
    public void BeginTrial(Library library, double share) =>
        _trial = new LibraryTrial(new LibraryAccess(library, options.Roles), share);

    /// <summary>Takes the library on trial out of service.</summary>
    public void EndTrial() => _trial = null;

    /// <summary>What the documents say of a question. Where none could be loaded, that is said.</summary>
    /// <param name="asked">As it was asked: it is searched with and never kept, so that no part's name is lost as somebody's.</param>
    /// <param name="question">Desensitized, for a student.</param>
    /// <param name="reader">Who asks, as <see cref="KnowledgeOptions.Roles"/> names people; null for somebody unknown.</param>
    public ManualFinding Look(string asked, Scrubbed question, string? reader = null)
    {
        var text = asked.Length <= MaxQuestion ? asked : asked[..MaxQuestion];
        if (_trial is { } trial && trial.Take())
            try
            {
                var found = Look(trial.Library.For(reader), text, question);
                trial.CountAnswer();
                return found;
            }
            catch (Exception e) when (e is not OutOfMemoryException) // whatever is wrong with it, the other one answers
            {
                trial.CountFailure();
            }
        return _library is { } library ? Look(library.For(reader), text, question)
            : new ManualFinding(text, question.Text, "", Evidence.Unavailable, options);
    }

    private ManualFinding Look(Library library, string text, Scrubbed question) =>
        new(text, question.Text, library.Version, Evidence.Judge(library.Find(text, Candidates), options), options)
        { Audience = library.Audience };

    /// <summary>What somebody may read of the library that serves; null while none could be loaded.</summary>
    public Library? For(string? reader) => _library?.For(reader);
}

/// <summary>What the documents say of one question.</summary>
/// <param name="Asked">The question as it was asked.</param>
/// <param name="Desensitized">The question for a student.</param>
/// <param name="Library">Version of the library that was asked.</param>
internal sealed record ManualFinding(string Asked, string Desensitized, string Library, Evidence Evidence, KnowledgeOptions Options)
{
    /// <summary>Names the documents behind it that not everybody may read; empty: none. Nothing is shared between audiences.</summary>
    public string Audience { get; init; } = "";

    public bool HasAnswer => Evidence.Answers.Count > 0;

    /// <summary>The answer without a student.</summary>
    public GroundedAnswer Extract() => Grounder.Extract(Asked, Evidence, Options);

    /// <summary>What a student is asked.</summary>
    public string Prompt() => Grounder.Prompt(Desensitized, Evidence, Options);

    /// <summary>The student's answer with its sources, or the quotation where a figure of it stands in no cited passage.</summary>
    /// <param name="isQuoted">Whether the student's answer was not served.</param>
    public GroundedAnswer Check(string written, out bool isQuoted)
    {
        var answer = Grounder.Check(Asked, written, Evidence, Options);
        isQuoted = answer is null;
        return answer ?? Extract();
    }
}
