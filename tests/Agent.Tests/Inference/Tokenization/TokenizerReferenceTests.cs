using System.Globalization;
using System.Text;
using System.Text.Json;
using EdgeAgent.Bundles;
using EdgeAgent.Import;
using EdgeAgent.Inference.Tokenization;
using EdgeAgent.Tests.Import.Checkpoints;

namespace EdgeAgent.Tests.Inference.Tokenization;

/// <summary>
/// The tokenizer against straightforward implementations of the published algorithms: characters classified one by one instead
/// of by regular expressions, and one merge at a time by search over all pairs.
/// </summary>
public sealed class TokenizerReferenceTests
{
    private const int Samples = 2000, Merges = 300;

    private static readonly string[] Fragments = ["the", " spindle", " stops", " at", " E-", "104", "7", "'s", "'ll", "'x", " ", "  ",
        "\t", "\n", "\r\n", "\u00a0", "主轴", "停止", "报警", ",", "。", "!!", " -", "é", "e\u0301", "😀", "👩‍🔧", "𠮷", "𝟘", "Ⅷ", "١٢",
        "\u200b", "\0", "_", "<|end|>"];

    private static string Text(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(14)).Select(_ => Fragments[random.Next(Fragments.Length)]));

    /// <summary>Byte-pair encoding over GPT-2's words (Sennrich et al. 2016; Radford et al. 2019).</summary>
    [Fact]
    public void Encode_ByteLevel_EqualsThePublishedAlgorithm()
    {
        var random = new Random(11);
        var merges = Train(Enumerable.Range(0, 400).SelectMany(_ => Gpt2Words(Text(random))));
        Assert.Equal(Merges, merges.Count);
        var symbols = Enumerable.Range(0, 256).Select(b => ByteAlphabet.Char((byte)b).ToString())
            .Concat(merges.Select(m => m.Left + m.Right)).Distinct().ToList();
        var ids = symbols.Index().ToDictionary(s => s.Item, s => s.Index);
        var tokenizer = TokenizerFile.Parse("tokenizer.json", JsonSerializer.SerializeToUtf8Bytes(new
        {
            pre_tokenizer = new { type = "ByteLevel", add_prefix_space = false, use_regex = true },
            model = new { type = "BPE", vocab = ids, merges = merges.Select(m => $"{m.Left} {m.Right}") }
        }));
        var ranks = merges.Index().ToDictionary(m => m.Item, m => -(double)m.Index);
        for (var i = 0; i < Samples; i++)
        {
            var text = Text(random);
            var expected = Gpt2Words(text).SelectMany(word =>
                MergeBest(Symbols(word), (left, right) => ranks.TryGetValue((left, right), out var rank) ? rank : null))
                .Select(s => ids[s]);
            Assert.Equal(expected, tokenizer.Encode(text));
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
        }
    }

    /// <summary>
    /// SentencePiece's byte-pair encoding: the adjacent pair whose piece has the best score is joined (Kudo and Richardson 2018).
    /// </summary>
    [Fact]
    public void Encode_SentencePiece_EqualsThePublishedAlgorithm()
    {
        using var directory = new TemporaryDirectory();
        using (var checkpoint = ModelImporter.Open(TinyLlama2c.Write(directory.Path))) checkpoint.WriteTokenizer(directory.Path);
        var tokenizer = TokenizerFile.Load(directory.File(Bundle.TokenizerFileName));
        var ids = TinyLlama2c.Pieces.Index().ToDictionary(p => p.Item.Piece, p => p.Index);
        var random = new Random(12);
        string[] parts = ["ba", "de", "gi", "ho", "ku", "a", "b", " ", " ", "E", "主", "😀"];
        var merged = 0;
        for (var i = 0; i < Samples; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 20)).Select(_ => parts[random.Next(parts.Length)]));
            var symbols = ("▁" + text.Replace(' ', '▁')).EnumerateRunes().SelectMany(r => ids.ContainsKey(r.ToString())
                ? [r.ToString()] : Encoding.UTF8.GetBytes(r.ToString()).Select(b => $"<0x{b:X2}>"));
            var expected = MergeBest([.. symbols],
                (left, right) => ids.TryGetValue(left + right, out var id) ? TinyLlama2c.Pieces[id].Score : null)
                .Select(s => ids[s]).Prepend(TinyLlama2c.Bos).ToList();
            merged += expected.Count(id => TinyLlama2c.Pieces[id].Piece is ['▁', _, _, ..]);
            Assert.Equal(expected, tokenizer.Encode(text));
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
        }
        Assert.True(merged > Samples, $"{merged} whole words");
    }

    private static List<string> Symbols(string word) =>
        [.. Encoding.UTF8.GetBytes(word).Select(b => ByteAlphabet.Char(b).ToString())];

    /// <summary>Joins the adjacent pair with the highest score until none has a score.</summary>
    private static List<string> MergeBest(List<string> symbols, Func<string, string, double?> score)
    {
        while (true)
        {
            var (best, at) = (double.NegativeInfinity, -1);
            for (var i = 0; i + 1 < symbols.Count; i++)
                if (score(symbols[i], symbols[i + 1]) is { } s && s > best) (best, at) = (s, i);
            if (at < 0) return symbols;
            symbols[at] += symbols[at + 1];
            symbols.RemoveAt(at + 1);
        }
    }

    private static List<(string Left, string Right)> Train(IEnumerable<string> words)
    {
        var texts = words.Select(Symbols).ToList();
        var merges = new List<(string Left, string Right)>();
        while (merges.Count < Merges)
        {
            var best = texts.SelectMany(t => t.Zip(t.Skip(1))).GroupBy(p => p)
                .OrderByDescending(g => g.Count()).ThenBy(g => g.Key.First + g.Key.Second, StringComparer.Ordinal).First().Key;
            merges.Add(best);
            foreach (var text in texts)
                for (var i = 0; i + 1 < text.Count; i++)
                    if ((text[i], text[i + 1]) == best)
                    {
                        text[i] += text[i + 1];
                        text.RemoveAt(i + 1);
                    }
        }
        return merges;
    }

    private enum Kind { Space, Letter, Number, Other }

    private static Kind KindOf(Rune rune) => Rune.IsWhiteSpace(rune) ? Kind.Space : Rune.GetUnicodeCategory(rune) switch
    {
        <= UnicodeCategory.OtherLetter => Kind.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
        _ => Kind.Other,
    };

    /// <summary>
    /// GPT-2's words: English contractions; runs of letters, of numbers or of other characters, each with at most one blank before
    /// it; white space, whose last character goes to what follows where that is a word.
    /// </summary>
    private static List<string> Gpt2Words(string text)
    {
        var runes = text.EnumerateRunes().ToList();
        var words = new List<string>();
        for (var at = 0; at < runes.Count;)
        {
            var end = WordEnd(runes, at);
            words.Add(string.Concat(runes[at..end]));
            at = end;
        }
        return words;
    }

    private static int WordEnd(List<Rune> runes, int at)
    {
        foreach (var ending in new[] { "'s", "'t", "'re", "'ve", "'m", "'ll", "'d" })
            if (string.Concat(runes.Skip(at).Take(ending.Length)) == ending) return at + ending.Length;
        int Run(int from, Kind kind)
        {
            while (from < runes.Count && KindOf(runes[from]) == kind) from++;
            return from;
        }
        var start = runes[at].Value == ' ' && at + 1 < runes.Count ? at + 1 : at;
        if (KindOf(runes[start]) is var kind and not Kind.Space) return Run(start, kind);
        var end = Run(at, Kind.Space);
        return end == runes.Count || end == at + 1 ? end : end - 1;
    }
}
