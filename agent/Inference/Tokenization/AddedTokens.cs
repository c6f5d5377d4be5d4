using System.Buffers;

namespace EdgeAgent.Inference.Tokenization;

/// <summary>
/// A token that is matched in the text before pre-tokenization. <c>LeftStrip</c>/<c>RightStrip</c> swallow white space beside it.
/// </summary>
internal sealed record AddedToken(int Id, string Content, bool Special, bool LeftStrip, bool RightStrip, bool SingleWord, bool Normalized);

/// <summary>Finds added tokens in a text: the leftmost first, and of several at one position the longest.</summary>
internal sealed class AddedTokens
{
    private readonly SearchValues<string> _any;
    private readonly ILookup<char, AddedToken> _byFirst;

    public AddedTokens(IEnumerable<AddedToken> tokens)
    {
        All = [.. tokens.Where(t => t.Content.Length > 0)];
        _any = SearchValues.Create([.. All.Select(t => t.Content)], StringComparison.Ordinal);
        _byFirst = All.OrderByDescending(t => t.Content.Length).ToLookup(t => t.Content[0]);
    }

    public IReadOnlyList<AddedToken> All { get; }

    /// <summary>The text in order: stretches of plain text (<c>Token</c> null) and added tokens between them.</summary>
    public IEnumerable<(string Text, AddedToken? Token)> Split(string text)
    {
        var start = 0;
        for (var from = 0; from < text.Length;)
        {
            var found = text.AsSpan(from).IndexOfAny(_any);
            if (found < 0) break;
            var at = from + found;
            var token = _byFirst[text[at]].First(t => string.CompareOrdinal(text, at, t.Content, 0, t.Content.Length) == 0);
            var end = at + token.Content.Length;
            if (token.SingleWord && (IsWord(text, at - 1) || IsWord(text, end)))
            {
                from = at + 1;
                continue;
            }
            var left = at;
            if (token.LeftStrip) while (left > start && char.IsWhiteSpace(text[left - 1])) left--;
            if (token.RightStrip) while (end < text.Length && char.IsWhiteSpace(text[end])) end++;
            if (left > start) yield return (text[start..left], null);
            yield return (token.Content, token);
            start = from = end;
        }
        if (start < text.Length) yield return (text[start..], null);
    }

    private static bool IsWord(string text, int index) =>
        index >= 0 && index < text.Length && (char.IsLetterOrDigit(text[index]) || text[index] == '_');
}
