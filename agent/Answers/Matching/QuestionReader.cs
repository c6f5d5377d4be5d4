using System.Collections.Concurrent;
using EdgeAgent.Privacy;

namespace EdgeAgent.Answers.Matching;

/// <summary>
/// Reads questions and the phrasings they are compared with the same way: desensitized first, so that a name counts as the
/// same name and nothing else is known of it. Phrasings are read once. Safe for concurrent use.
/// </summary>
internal sealed class QuestionReader(Desensitizer desensitizer)
{
    private const int MaxKept = 100_000;
    private readonly ConcurrentDictionary<string, QuestionText> _phrasings = new(StringComparer.Ordinal);

    public static QuestionText Read(Scrubbed question) => QuestionText.Of(question.Matching);

    /// <summary>What a deployer wrote down.</summary>
    public QuestionText Phrasing(string phrasing)
    {
        if (_phrasings.Count > MaxKept) _phrasings.Clear();
        return _phrasings.GetOrAdd(phrasing, p => Read(desensitizer.Scrub(p)));
    }
}
