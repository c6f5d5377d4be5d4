using System.IO.Hashing;
using System.Runtime.InteropServices;
using EdgeAgent.Platform;

namespace EdgeAgent.Privacy.Placeholders;

/// <summary>
/// The placeholders of one conversation. The same value always has the same placeholder, and different values never share one.
/// In memory only and bounded; <see cref="Dispose"/> overwrites the values with zeros. Values are looked up by a seeded hash, so
/// that the index holds no copy of them. Safe for concurrent use.
/// </summary>
/// <param name="maxValues">Values the conversation may hold.</param>
internal sealed class Conversation(int maxValues = Conversation.MaxValues) : IDisposable
{
    /// <summary>Values a conversation may hold by default; a text with more is refused.</summary>
    public const int MaxValues = 10_000;

    private readonly Lock _lock = new();
    private readonly long _seed = Identifiers.Seed();
    private readonly Dictionary<(string Type, UInt128 Hash), string> _placeholders = [];
    private readonly Dictionary<string, char[]> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _standIns = new(StringComparer.Ordinal); // encrypted value -> placeholder

    /// <summary>The placeholder of a value, such as &lt;PERSON_1&gt;.</summary>
    /// <exception cref="InvalidOperationException">The conversation is full.</exception>
    public string Placeholder(string type, string value)
    {
        var hash = Hash(value);
        lock (_lock)
        {
            // the hash finds the value itself, or another one with the same hash
            if (_placeholders.TryGetValue((type, hash), out var known) && _values[known].AsSpan().SequenceEqual(value)) return known;
            if (_values.Count >= maxValues) throw new InvalidOperationException($"at most {maxValues} values in one conversation");
            var number = _counts[type] = _counts.GetValueOrDefault(type) + 1;
            var placeholder = $"<{type}_{number}>";
            _placeholders[(type, hash)] = placeholder;
            _values[placeholder] = value.ToCharArray();
            return placeholder;
        }
    }

    /// <summary>
    /// Remembers an encrypted value that stands in a text instead of a placeholder, so that it is restored where it comes up.
    /// </summary>
    public void StandsFor(string standIn, string placeholder)
    {
        lock (_lock) _standIns[standIn] = placeholder;
    }

    /// <summary>The text with placeholders where encrypted values of this conversation stand, whole words only.</summary>
    public string WithPlaceholders(string text)
    {
        lock (_lock)
        {
            foreach (var (standIn, placeholder) in _standIns)
                for (var at = text.IndexOf(standIn, StringComparison.Ordinal); at >= 0;
                    at = text.IndexOf(standIn, at + 1, StringComparison.Ordinal))
                {
                    var end = at + standIn.Length;
                    if (at > 0 && char.IsAsciiLetterOrDigit(text[at - 1]) && char.IsAsciiLetterOrDigit(standIn[0])
                        || end < text.Length && char.IsAsciiLetterOrDigit(text[end]) && char.IsAsciiLetterOrDigit(standIn[^1])) continue;
                    text = text[..at] + placeholder + text[end..];
                }
            return text;
        }
    }

    /// <summary>
    /// Where the longest tail of the text begins that could still become an encrypted value of this conversation; the text's
    /// length where no tail could.
    /// </summary>
    public int OpenTail(ReadOnlySpan<char> text)
    {
        var open = text.Length;
        lock (_lock)
            foreach (var standIn in _standIns.Keys)
                for (var length = Math.Min(standIn.Length, text.Length); length > text.Length - open; length--)
                    if (standIn.AsSpan().StartsWith(text[^length..])) open = text.Length - length;
        return open;
    }

    /// <summary>The value of a placeholder; null for a placeholder of another conversation.</summary>
    public string? Value(string placeholder)
    {
        lock (_lock) return _values.TryGetValue(placeholder, out var value) ? new string(value) : null;
    }

    /// <summary>Values by placeholder, for a map that the owner of the text asks for.</summary>
    public IReadOnlyDictionary<string, string> Snapshot()
    {
        lock (_lock) return _values.ToDictionary(v => v.Key, v => new string(v.Value));
    }

    private UInt128 Hash(string value) => XxHash128.HashToUInt128(MemoryMarshal.AsBytes(value.AsSpan()), _seed);

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var value in _values.Values) Array.Clear(value);
            _placeholders.Clear();
            _standIns.Clear();
            _values.Clear();
            _counts.Clear();
        }
    }
}
