using System.Text.RegularExpressions;

namespace EdgeAgent.Inference.Tokenization;

/// <summary>One step of a tokenizer.json pre-tokenizer: splits pieces of text into smaller pieces.</summary>
internal abstract record PreTokenizer
{
    public abstract IEnumerable<string> Split(string text);
}

/// <summary>How <see cref="SplitStep"/> treats what its pattern matches.</summary>
internal enum SplitBehavior { Isolated, Removed, MergedWithPrevious, MergedWithNext, Contiguous }

/// <summary>Splits by a regular expression. With <paramref name="Invert"/> the matches are the gaps.</summary>
internal sealed record SplitStep(Regex Pattern, SplitBehavior Behavior, bool Invert) : PreTokenizer
{
    public override IEnumerable<string> Split(string text)
    {
        var shape = RuneShape.Of(text);
        var spans = new List<(int Start, int End, bool Match)>();
        var position = 0;
        foreach (var match in Pattern.EnumerateMatches(shape.Shape))
        {
            if (match.Length == 0) continue;
            if (match.Index > position) spans.Add((position, match.Index, Invert));
            spans.Add((match.Index, match.Index + match.Length, !Invert));
            position = match.Index + match.Length;
        }
        if (position < shape.Shape.Length) spans.Add((position, shape.Shape.Length, Invert));
        foreach (var (start, end) in Apply(spans))
            yield return text[shape.Offset(start)..shape.Offset(end)];
    }

    private List<(int Start, int End)> Apply(List<(int Start, int End, bool Match)> spans)
    {
        var pieces = new List<(int Start, int End)>(spans.Count);
        var afterMatch = false;
        var pending = -1; // start of a match that merges with the next piece
        foreach (var (start, end, match) in spans)
        {
            switch (Behavior)
            {
                case SplitBehavior.Removed when match:
                    break;
                case SplitBehavior.MergedWithPrevious when match && pieces.Count > 0 && !afterMatch:
                case SplitBehavior.Contiguous when match == afterMatch && pieces.Count > 0:
                    pieces[^1] = (pieces[^1].Start, end);
                    break;
                case SplitBehavior.MergedWithNext when match:
                    if (pending >= 0) pieces.Add((pending, start));
                    pending = start;
                    continue;
                case SplitBehavior.MergedWithNext when pending >= 0:
                    pieces.Add((pending, end));
                    pending = -1;
                    break;
                default:
                    pieces.Add((start, end));
                    break;
            }
            afterMatch = match;
        }
        if (pending >= 0) pieces.Add((pending, spans[^1].End));
        return pieces;
    }
}

/// <summary>The Digits pre-tokenizer: digits (Unicode N) are kept apart from the rest, one by one or in runs.</summary>
internal sealed partial record DigitsStep(bool Individual) : PreTokenizer
{
    [GeneratedRegex(@"\p{N}")]
    private static partial Regex One { get; }

    [GeneratedRegex(@"\p{N}+")]
    private static partial Regex Run { get; }

    public override IEnumerable<string> Split(string text) =>
        new SplitStep(Individual ? One : Run, SplitBehavior.Isolated, Invert: false).Split(text);
}

/// <summary>The ByteLevel pre-tokenizer's own splitting (GPT-2's pattern); the mapping to bytes happens in the tokenizer.</summary>
internal sealed partial record ByteLevelStep(bool AddPrefixSpace, bool UseRegex) : PreTokenizer
{
    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")]
    private static partial Regex Pattern { get; }

    public override IEnumerable<string> Split(string text)
    {
        if (AddPrefixSpace && text.Length > 0 && !char.IsWhiteSpace(text[0])) text = " " + text;
        return UseRegex ? new SplitStep(Pattern, SplitBehavior.Isolated, Invert: false).Split(text) : [text];
    }
}

/// <summary>Applies steps in order, each to the pieces of the one before.</summary>
internal sealed record SequenceStep(IReadOnlyList<PreTokenizer> Steps) : PreTokenizer
{
    public override IEnumerable<string> Split(string text) =>
        Steps.Aggregate((IEnumerable<string>)[text], (pieces, step) => pieces.SelectMany(step.Split));
}
