using System.Buffers;
using EdgeAgent.Privacy.Patterns;

namespace EdgeAgent.Privacy;

/// <summary>
/// Tells quickly whether some recognizers could find anything in a text, by their cues. May say yes in vain, never no. Immutable.
/// </summary>
internal sealed class CueSearch
{
    /// <summary>Text that normalization leaves as it is; other text may hide a cue, such as a full-width digit.</summary>
    private static readonly SearchValues<char> PlainText = SearchValues.Create([.. Enumerable.Range(' ', 95).Select(c => (char)c), '\n',
        '\t', .. Enumerable.Range(0x4e00, 0x9fff - 0x4e00 + 1).Select(c => (char)c), .. "，。；：？！、（）“”‘’《》—…℃°"]);

    private readonly bool _isAlways;
    private readonly SearchValues<char> _characters;
    private readonly WordSearch _words;

    public CueSearch(IReadOnlyCollection<IRecognizer> recognizers)
    {
        _isAlways = recognizers.Any(r => r.Cues.Count == 0);
        var cues = recognizers.SelectMany(r => r.Cues).Distinct(StringComparer.OrdinalIgnoreCase).ToLookup(c => c.Length == 1);
        _characters = SearchValues.Create(
            [.. cues[true].SelectMany(c => new[] { char.ToLowerInvariant(c[0]), char.ToUpperInvariant(c[0]) })]);
        _words = new WordSearch([.. cues[false]]);
    }

    public bool CouldFind(ReadOnlySpan<char> text) =>
        _isAlways || text.ContainsAny(_characters) || text.ContainsAnyExcept(PlainText) || _words.In(text);
}
