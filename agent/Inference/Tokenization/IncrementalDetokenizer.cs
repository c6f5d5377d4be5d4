using System.Text;

namespace EdgeAgent.Inference.Tokenization;

/// <summary>
/// Decodes token ids one at a time. Holds back an incomplete UTF-8 character and, with stop strings, the longest tail that could
/// begin one. The joined pieces are exactly the decoded answer up to the stop.
/// </summary>
internal sealed class IncrementalDetokenizer(Tokenizer tokenizer, IReadOnlyList<string> stops)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder _held = new();
    private readonly char[] _chars = new char[64];

    /// <summary>Whether a stop string was met; nothing comes after it.</summary>
    public bool Stopped { get; private set; }

    /// <summary>The text that can be shown after this token; often empty.</summary>
    public string Add(int id)
    {
        if (Stopped) return "";
        if (!tokenizer.IsSpecial(id)) Decode(tokenizer.Bytes(id), flush: false);
        return Release(final: false);
    }

    /// <summary>Releases what is still held back; called at the answer's end.</summary>
    public string Finish()
    {
        if (Stopped) return "";
        Decode([], flush: true);
        return Release(final: true);
    }

    private void Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        bool completed;
        do
        {
            _decoder.Convert(bytes, _chars, flush, out var used, out var written, out completed);
            _held.Append(_chars, 0, written);
            bytes = bytes[used..];
        }
        while (!completed);
    }

    private string Release(bool final)
    {
        if (_held.Length == 0) return "";
        var text = _held.ToString();
        if (stops.Count == 0)
        {
            _held.Clear();
            return text;
        }
        var first = stops.Select(s => text.IndexOf(s, StringComparison.Ordinal)).Where(i => i >= 0).DefaultIfEmpty(-1).Min();
        if (first >= 0)
        {
            Stopped = true;
            _held.Clear();
            return text[..first];
        }
        var keep = final ? 0 : PossibleStart(text);
        _held.Clear().Append(text, text.Length - keep, keep);
        return text[..^keep];
    }

    /// <summary>Length of the longest tail of the text that is the start of a stop string.</summary>
    private int PossibleStart(string text)
    {
        for (var length = Math.Min(text.Length, stops.Max(s => s.Length) - 1); length > 0; length--)
            foreach (var stop in stops)
                if (length < stop.Length && text.AsSpan(text.Length - length).SequenceEqual(stop.AsSpan(0, length))) return length;
        return 0;
    }
}
