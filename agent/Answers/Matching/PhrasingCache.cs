using System.Collections.Concurrent;
using EdgeAgent.Privacy;

namespace EdgeAgent.Answers.Matching;

/// <summary>A phrasing as it was read.</summary>
internal sealed record PhrasingText(QuestionText Text, Feature[] Features);

/// <summary>Phrasings that deployers wrote, each read once, and the vocabulary of their features. Safe for concurrent use.</summary>
internal sealed class PhrasingCache(Desensitizer desensitizer)
{
    private readonly ConcurrentDictionary<string, PhrasingText> _phrasings = new(StringComparer.Ordinal);

    public FeatureVocabulary Features { get; } = new();

    public int Count => _phrasings.Count;

    public PhrasingText Read(string phrasing) => _phrasings.GetOrAdd(phrasing, p =>
    {
        var text = QuestionReader.Read(desensitizer.Scrub(p));
        return new PhrasingText(text, Features.Add(text.Tokens));
    });
}
