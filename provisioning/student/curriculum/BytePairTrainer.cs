using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using EdgeAgent.Inference.Tokenization;

namespace EdgeAgent.Lab;

/// <summary>Trains a byte-level BPE vocabulary (Sennrich et al. 2016) and writes it as a Hugging Face tokenizer.json.</summary>
internal static partial class BytePairTrainer
{
    /// <summary>
    /// Every digit is its own piece, so that numbers and codes are spelled, not memorised. Every Han character is its own piece, so
    /// that a phrase has the same tokens whatever its neighbours are (Chinese has no spaces between words).
    /// </summary>
    public const string Pattern = @"\p{N}|[一-龥]| ?[^\s\p{P}\p{S}\p{N}一-龥]+| ?[^\s\p{L}\p{N}]+|\s+";

    public static byte[] Train(IEnumerable<string> texts, int size, IReadOnlyList<string> special)
    {
        var words = CountWords(texts);
        var symbols = special.Concat(Enumerable.Range(0, 256).Select(b => ByteAlphabet.Char((byte)b).ToString())).ToList();
        var merges = new List<(string Left, string Right)>();
        while (symbols.Count < size && MostFrequentPair(words) is { } pair)
        {
            merges.Add(pair);
            symbols.Add(pair.Left + pair.Right);
            foreach (var word in words) Apply(word.Symbols, pair);
        }
        return Write(symbols, merges, special);
    }

    private static List<(List<string> Symbols, int Count)> CountWords(IEnumerable<string> texts)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var text in texts)
            foreach (var word in Pieces(text))
                counts[word] = counts.GetValueOrDefault(word) + 1;
        return [.. counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal)
            .Select(c => (Encoding.UTF8.GetBytes(c.Key).Select(b => ByteAlphabet.Char(b).ToString()).ToList(), c.Value))];
    }

    [GeneratedRegex(Pattern)]
    private static partial Regex Piece { get; }

    /// <summary>Matches of the pattern and the text between them. The corpus is inside the BMP, where .NET and Rust agree.</summary>
    private static IEnumerable<string> Pieces(string text)
    {
        var at = 0;
        foreach (Match match in Piece.Matches(text))
        {
            if (match.Index > at) yield return text[at..match.Index];
            yield return match.Value;
            at = match.Index + match.Length;
        }
        if (at < text.Length) yield return text[at..];
    }

    private static (string Left, string Right)? MostFrequentPair(List<(List<string> Symbols, int Count)> words)
    {
        var counts = new Dictionary<(string, string), long>();
        foreach (var (symbols, count) in words)
            for (var i = 0; i + 1 < symbols.Count; i++)
            {
                ref var n = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(counts,
                    (symbols[i], symbols[i + 1]), out _);
                n += count;
            }
        if (counts.Count == 0) return null;
        var best = counts.MaxBy(c => (c.Value, -string.CompareOrdinal(c.Key.Item1 + c.Key.Item2, "")));
        return best.Value < 2 ? null : best.Key;
    }

    private static void Apply(List<string> symbols, (string Left, string Right) pair)
    {
        for (var i = 0; i + 1 < symbols.Count; i++)
        {
            if (symbols[i] != pair.Left || symbols[i + 1] != pair.Right) continue;
            symbols[i] = pair.Left + pair.Right;
            symbols.RemoveAt(i + 1);
        }
    }

    private static byte[] Write(List<string> symbols, List<(string Left, string Right)> merges, IReadOnlyList<string> special)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream,
            new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            json.WriteNull("truncation");
            json.WriteNull("padding");
            json.WriteStartArray("added_tokens");
            for (var id = 0; id < special.Count; id++)
            {
                json.WriteStartObject();
                json.WriteNumber("id", id);
                json.WriteString("content", special[id]);
                foreach (var flag in new[] { "single_word", "lstrip", "rstrip", "normalized" }) json.WriteBoolean(flag, false);
                json.WriteBoolean("special", true);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteNull("normalizer");
            json.WritePropertyName("pre_tokenizer");
            json.WriteRawValue(
                $$"""
                {"type":"Sequence","pretokenizers":[
                  {"type":"Split","pattern":{"Regex":{{JsonSerializer.Serialize(Pattern)}}},"behavior":"Isolated","invert":false},
                  {"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]}
                """);
            json.WriteNull("post_processor");
            json.WritePropertyName("decoder");
            json.WriteRawValue("""{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}""");
            json.WriteStartObject("model");
            json.WriteString("type", "BPE");
            json.WriteNull("unk_token");
            json.WriteBoolean("byte_fallback", false);
            json.WriteBoolean("ignore_merges", false);
            json.WriteStartObject("vocab");
            for (var id = 0; id < symbols.Count; id++) json.WriteNumber(symbols[id], id);
            json.WriteEndObject();
            json.WriteStartArray("merges");
            foreach (var (left, right) in merges) json.WriteStringValue($"{left} {right}");
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return stream.ToArray();
    }
}
