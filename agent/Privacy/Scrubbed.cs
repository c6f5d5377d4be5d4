namespace EdgeAgent.Privacy;

/// <summary>
/// Text that has been desensitized. Only this slice can make one, and it is the only kind of text that may be kept, logged or
/// sent anywhere but to its asker.
/// </summary>
internal sealed class Scrubbed : IEquatable<Scrubbed>
{
    private readonly string? _matching;

    /// <param name="matching">Null where nothing was taken out.</param>
    internal Scrubbed(string text, string? matching = null) => (Text, _matching) = (text, matching);

    public string Text { get; }

    /// <summary>Whether nothing had to be taken out.</summary>
    public bool IsClean => _matching is null;

    /// <summary>
    /// The text for comparing within this process, never to be kept: in place of each placeholder a word that is the same only
    /// for the same value, whatever its number, and tells nothing of it.
    /// </summary>
    public string Matching => _matching ?? Text;

    public bool Equals(Scrubbed? other) => other is not null && Text == other.Text;

    public override bool Equals(object? obj) => Equals(obj as Scrubbed);

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Text;
}
