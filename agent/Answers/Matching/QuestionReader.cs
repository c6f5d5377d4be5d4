using EdgeAgent.Privacy;

namespace EdgeAgent.Answers.Matching;

/// <summary>
/// Reads questions and the phrasings they are compared with in the same way: desensitized first, so that a name counts as the
/// same name and nothing else is known of it. Safe for concurrent use.
/// </summary>
internal sealed class QuestionReader(Desensitizer desensitizer)
{
    /// <summary>Phrasings that stay read, although no answer may have them any more.</summary>
    private const int MaxKept = 100_000;

    private volatile PhrasingCache _phrasings = new(desensitizer);

    public static QuestionText Read(Scrubbed question) => QuestionText.Of(question.Matching);

    /// <summary>The phrasings read so far, for building one index. Begins anew where most of them are no longer used.</summary>
    /// <param name="needed">Number of phrasings the index will have.</param>
    public PhrasingCache Phrasings(int needed)
    {
        var current = _phrasings;
        return current.Count > Math.Max(MaxKept, 2 * needed) ? _phrasings = new PhrasingCache(desensitizer) : current;
    }
}
