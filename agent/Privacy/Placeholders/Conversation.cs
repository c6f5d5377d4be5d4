using System.IO.Hashing;
using System.Runtime.InteropServices;
using EdgeAgent.Platform;

namespace EdgeAgent.Privacy.Placeholders;

/// <summary>
/// The placeholders of one conversation: each value has its own, the same one every time, and different values never share one.
/// In memory only; bounded; <see cref="Dispose"/> overwrites the values with zeros. Values are looked up by a seeded hash, so
/// that no copy of them stays in an index. Safe for concurrent use.
/// </summary>
internal sealed class Conversation(int most = Conversation.MaxValues) : IDisposable
{
    /// <summary>Values one conversation may hold; a text with more is refused.</summary>
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
            // what the hash found is the value itself, or another one that only hashes alike
            if (_placeholders.TryGetValue((type, hash), out var known) && _values[known].AsSpan().SequenceEqual(value)) return known;
            if (_values.Count >= most) throw new InvalidOperationException($"at most {most} values in one conversation");
            var number = _counts[type] = _counts.GetValueOrDefault(type) + 1;
            var placeholder = $"<{type}_{number}>";
            _placeholders[(type, hash)] = placeholder;
            _values[placeholder] = value.ToCharArray();
            return placeholder;
        }
    }

    /// <summary>
    /// Remembers what was put in a value's place instead of its placeholder, so that it can be turned back where it comes up.
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
                for (var at = text.IndexOf(standIn, StringComparison.Ordinal); at
                    >= 0; at = text.IndexOf(standIn, at + 1, StringComparison.Ordinal))
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
    /// Where the longest tail of the text begins that could still become an encrypted value of this conversation; its length
    /// where none could.
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

    /// <summary>What a placeholder stands for; null where the conversation does not know it.</summary>
    public string? Value(string placeholder)
    {
        lock (_lock) return _values.TryGetValue(placeholder, out var value) ? new string(value) : null;
    }

    /// <summary>Placeholder and values, for a map that is written down at the owner's wish.</summary>
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
