namespace EdgeAgent.Privacy;

/// <summary>
/// Text that has been desensitized. Only this slice can make one. It is the only kind of text that may be stored, logged or sent
/// to anybody but its asker.
/// </summary>
internal sealed class Scrubbed : IEquatable<Scrubbed>
{
    private readonly string? _matching;

    /// <param name="matching">Null where nothing was replaced.</param>
    internal Scrubbed(string text, string? matching = null) => (Text, _matching) = (text, matching);

    public string Text { get; }

    /// <summary>Whether nothing was replaced.</summary>
    public bool IsClean => _matching is null;

    /// <summary>
    /// The text for comparisons within this process, never to be stored: in place of each placeholder stands a word that is the same
    /// only for the same value, whatever the placeholder's number, and that tells nothing of the value.
    /// </summary>
    public string Matching => _matching ?? Text;

    /// <summary>Hexadecimal digits at the end of a word that stands for a value in <see cref="Matching"/>.</summary>
    private const int HashDigits = 32;

    /// <summary>
    /// Whether a word of <see cref="Matching"/> stands for a value that was taken out: a type, a zero and a hash under this process's
    /// seed. Nothing but equality may be read from it.
    /// </summary>
    /// <param name="word">In any case.</param>
    internal static bool IsStandIn(ReadOnlySpan<char> word) =>
        word.Length > HashDigits + 1 && word[^(HashDigits + 1)] == '0' && !word[^HashDigits..].ContainsAnyExcept(HexDigits);

    private static readonly System.Buffers.SearchValues<char> HexDigits = System.Buffers.SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>What a word that stands for a value may be shown as: its type, in upper case.</summary>
    internal static string StandInType(string word) => word[..^(HashDigits + 1)].ToUpperInvariant();

    public bool Equals(Scrubbed? other) => other is not null && Text == other.Text;

    public override bool Equals(object? obj) => Equals(obj as Scrubbed);

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Text;
}
