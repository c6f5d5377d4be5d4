using System.Collections.Concurrent;

namespace EdgeAgent.Answers.Matching;

/// <summary>A feature of a text. Kind and weight are the same wherever a feature occurs.</summary>
/// <param name="Id">Its number in the vocabulary; <see cref="FeatureVocabulary.Unknown"/> where no phrasing ever had it.</param>
internal readonly record struct Feature(int Id, FeatureKind Kind, float Weight);

/// <summary>
/// Numbers the features of phrasings, so that an index is arrays of numbers and a rebuild makes no new texts. A feature keeps its
/// number for the vocabulary's life. Safe for concurrent use; reading takes no lock.
/// </summary>
internal sealed class FeatureVocabulary
{
    public const int Unknown = -1;

    private readonly ConcurrentDictionary<string, int> _ids = new(StringComparer.Ordinal);
    private int _last = -1;

    /// <summary>Upper bound of the numbers given so far.</summary>
    public int Count => Volatile.Read(ref _last) + 1;

    /// <summary>The features of a phrasing; new ones get a number.</summary>
    public Feature[] Add(IReadOnlyList<string> tokens) =>
        [.. QuestionFeatures.Of(tokens).Select(f => new Feature(
            _ids.GetOrAdd(f.Key, _ => Interlocked.Increment(ref _last)), f.Value.Kind, f.Value.Weight))];

    /// <summary>The features of a question.</summary>
    public Feature[] Read(IReadOnlyList<string> tokens) =>
        [.. QuestionFeatures.Of(tokens).Select(f => new Feature(_ids.GetValueOrDefault(f.Key, Unknown), f.Value.Kind, f.Value.Weight))];
}
