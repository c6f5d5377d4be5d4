namespace EdgeAgent.Privacy;

/// <summary>
/// Text that has been desensitized. Only this slice can make one, and it is the only kind of text that may be kept, logged or
/// sent anywhere but to its asker.
/// </summary>
public sealed class Scrubbed : IEquatable<Scrubbed>
{
    internal Scrubbed(string text) => Text = text;

    public string Text { get; }

    public bool Equals(Scrubbed? other) => other is not null && Text == other.Text;

    public override bool Equals(object? obj) => Equals(obj as Scrubbed);

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Text;
}
