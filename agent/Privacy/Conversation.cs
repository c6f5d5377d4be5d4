namespace EdgeAgent.Privacy;

/// <summary>
/// The placeholders of one conversation: each value has its own, the same one every time, and different values never share one.
/// In memory only; bounded; <see cref="Dispose"/> forgets it. Not safe for concurrent use.
/// </summary>
public sealed class Conversation(int most = Conversation.MostValues) : IDisposable
{
    /// <summary>Values one conversation may hold; a text with more is refused.</summary>
    public const int MostValues = 10_000;

    private readonly Dictionary<(string Type, string Value), string> _placeholders = [];
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>Placeholders and what they stand for.</summary>
    public IReadOnlyDictionary<string, string> Values => _values;

    /// <summary>The placeholder of a value, such as &lt;PERSON_1&gt;.</summary>
    /// <exception cref="InvalidOperationException">The conversation is full.</exception>
    public string Placeholder(string type, string value)
    {
        if (_placeholders.TryGetValue((type, value), out var known)) return known;
        if (_values.Count >= most) throw new InvalidOperationException($"at most {most} values in one conversation");
        var number = _counts[type] = _counts.GetValueOrDefault(type) + 1;
        var placeholder = $"<{type}_{number}>";
        _placeholders[(type, value)] = placeholder;
        _values[placeholder] = value;
        return placeholder;
    }

    /// <summary>Takes a map over that was written down, to restore with it.</summary>
    public void Load(IEnumerable<KeyValuePair<string, string>> values)
    {
        foreach (var (placeholder, value) in values) _values[placeholder] = value;
    }

    public void Dispose()
    {
        _placeholders.Clear();
        _values.Clear();
        _counts.Clear();
    }
}
