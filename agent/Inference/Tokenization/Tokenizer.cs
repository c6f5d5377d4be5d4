using System.Text;
using System.Text.RegularExpressions;
using EdgeAgent.Platform;

namespace EdgeAgent.Inference.Tokenization;

/// <summary>How text becomes symbols before merging.</summary>
internal enum SymbolKind
{
    /// <summary>UTF-8 bytes through <see cref="ByteAlphabet"/> (GPT-2, Llama 3, Qwen).</summary>
    ByteLevel,

    /// <summary>
    /// Characters with "▁" for the space; what the vocabulary lacks falls back to &lt;0xNN&gt; bytes (SentencePiece, Llama 2).
    /// </summary>
    ByteFallback,
}

/// <summary>SentencePiece's dummy prefix: where a "▁" is put before a piece of text between added tokens.</summary>
internal enum SpacePrefix
{
    /// <summary>Nowhere.</summary>
    None,

    /// <summary>Before every piece (the normalizer Prepend).</summary>
    Every,

    /// <summary>Before every piece that does not begin with one (Metaspace, scheme "always").</summary>
    EveryWithout,

    /// <summary>Before the text's first piece, unless it begins with one (Metaspace, scheme "first").</summary>
    FirstWithout,
}

/// <summary>What a tokenizer.json declares, checked and ready to use.</summary>
internal sealed record TokenizerModel
{
    public required string File { get; init; }
    public required SymbolKind Symbols { get; init; }
    public required IReadOnlyDictionary<string, int> Vocabulary { get; init; }
    public required IReadOnlyDictionary<(int Left, int Right), (int Rank, int Merged)> Merges { get; init; }
    public required IReadOnlyList<AddedToken> Added { get; init; }
    public required PreTokenizer PreTokenizer { get; init; }
    public NormalizationForm? Normalization { get; init; }

    /// <summary>Words found whole in the vocabulary are not merged (Llama 3).</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>Where SentencePiece's "▁" is put before the text.</summary>
    public SpacePrefix Prefixes { get; init; }

    public int? UnknownId { get; init; }

    /// <summary>There is no tokenizer: only ids can be used.</summary>
    public bool RefusesText { get; init; }

    /// <summary>Ids put before and after every text by the post-processor, such as the begin-of-text token.</summary>
    public IReadOnlyList<int> Prefix { get; init; } = [];

    public IReadOnlyList<int> Suffix { get; init; } = [];
}

/// <summary>
/// Byte-pair encoding as a Hugging Face tokenizer.json declares it. Immutable and safe for concurrent use.
/// Decoding is exact to the byte: <see cref="Bytes"/> of the ids in order are the text's UTF-8.
/// </summary>
public sealed class Tokenizer
{
    /// <summary>
    /// A Unicode noncharacter put inside user text that spells a special token, so that it is not taken for one; removed before merging.
    /// </summary>
    internal const char SpecialBreaker = '\uFDD0';

    private readonly TokenizerModel _model;
    private readonly BytePairMerger _merger;
    private readonly AddedTokens _added;
    private readonly byte[][] _bytes;
    private readonly bool[] _special;
    private readonly int[] _byteIds;

    internal Tokenizer(TokenizerModel model)
    {
        _model = model;
        _merger = new BytePairMerger(model.Merges);
        _added = new AddedTokens(model.Added);
        var size = Math.Max(model.Vocabulary.Values.DefaultIfEmpty(-1).Max(), model.Added.Select(a => a.Id).DefaultIfEmpty(-1).Max()) + 1;
        _bytes = new byte[size][];
        _special = new bool[size];
        foreach (var (token, id) in model.Vocabulary) _bytes[id] = Decode(token);
        foreach (var added in model.Added)
        {
            _bytes[added.Id] = Encoding.UTF8.GetBytes(added.Content);
            _special[added.Id] = added.Special;
        }
        for (var i = 0; i < size; i++) _bytes[i] ??= [];
        _byteIds = ByteIds();
    }

    /// <summary>Stands in where a model has no tokenizer: ids decode to their numbers in angle brackets, and text is refused.</summary>
    internal static Tokenizer IdsOnly(string file, int size) => new(new TokenizerModel
    {
        File = file,
        Symbols = SymbolKind.ByteFallback,
        Vocabulary = Enumerable.Range(0, size).ToDictionary(id => $"<{id}>", id => id),
        Merges = new Dictionary<(int, int), (int, int)>(),
        Added = [],
        PreTokenizer = new SequenceStep([]),
        RefusesText = true,
    });

    /// <summary>Number of ids, including gaps.</summary>
    public int Size => _bytes.Length;

    internal IReadOnlyList<AddedToken> Added => _added.All;

    /// <summary>The id of a token as the vocabulary or the added tokens spell it, or null.</summary>
    public int? IdOf(string token) =>
        _added.All.FirstOrDefault(a => a.Content == token)?.Id ?? (_model.Vocabulary.TryGetValue(token, out var id) ? id : null);

    /// <summary>The bytes an id stands for; empty for ids the vocabulary does not use.</summary>
    internal ReadOnlySpan<byte> Bytes(int id) => (uint)id < (uint)_bytes.Length ? _bytes[id] : [];

    internal bool IsSpecial(int id) => (uint)id < (uint)_special.Length && _special[id];

    /// <summary>Ids of the text. <paramref name="addSpecial"/> adds the post-processor's prefix and suffix.</summary>
    /// <exception cref="ModelFileException">The model has no tokenizer, or its pattern takes too long for the text.</exception>
    public int[] Encode(string text, bool addSpecial = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (_model.RefusesText && text.Length > 0)
            throw new ModelFileException(_model.File, "a tokenizer, since text is to be read", "none: only token ids can be used");
        var ids = new List<int>(text.Length / 2 + 8);
        if (addSpecial) ids.AddRange(_model.Prefix);
        var first = true;
        foreach (var (piece, token) in _added.Split(text))
        {
            if (token is not null) ids.Add(token.Id);
            else EncodePlain(piece.Replace(SpecialBreaker.ToString(), "", StringComparison.Ordinal), first, ids);
            first = false;
        }
        if (addSpecial) ids.AddRange(_model.Suffix);
        return [.. ids];
    }

    /// <summary>The text of the ids; special tokens are left out unless asked for. Invalid UTF-8 becomes U+FFFD.</summary>
    internal string Decode(ReadOnlySpan<int> ids, bool keepSpecial = false)
    {
        using var buffer = new MemoryStream();
        foreach (var id in ids)
            if (keepSpecial || !IsSpecial(id)) buffer.Write(Bytes(id));
        var text = Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
        return _model.Prefixes != SpacePrefix.None && text.StartsWith(' ') ? text[1..] : text;
    }

    /// <summary>Breaks every added token spelled in text that comes from outside, so that it is read as plain text.</summary>
    internal string Neutralize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Contains(SpecialBreaker, StringComparison.Ordinal))
            text = text.Replace(SpecialBreaker.ToString(), "", StringComparison.Ordinal);
        StringBuilder? result = null;
        var parts = _added.Split(text).ToList();
        if (!parts.Exists(p => IsControl(p.Token))) return text;
        foreach (var (piece, token) in parts)
        {
            result ??= new StringBuilder(text.Length + 8);
            if (token is not null && IsControl(token))
                result.Append(token.Content[0]).Append(SpecialBreaker).Append(token.Content.AsSpan(1));
            else result.Append(piece);
        }
        return result?.ToString() ?? text;
    }

    /// <summary>The tags around a think block.</summary>
    internal const string ThinkOpen = "<think>", ThinkClose = "</think>";

    /// <summary>Special tokens, and the tags around a think block, which some vocabularies do not call special.</summary>
    private static bool IsControl(AddedToken? token) => token is { Special: true } or { Content: ThinkOpen or ThinkClose };

    private void EncodePlain(string text, bool first, List<int> ids)
    {
        if (text.Length == 0) return;
        if (_model.Normalization is { } form) text = UnicodeNormalizer.Normalize(text, form);
        if (_model.Symbols == SymbolKind.ByteFallback)
        {
            text = text.Replace(' ', '▁');
            var prefixed = _model.Prefixes switch
            {
                SpacePrefix.Every => true,
                SpacePrefix.EveryWithout => !text.StartsWith('▁'),
                SpacePrefix.FirstWithout => first && !text.StartsWith('▁'),
                _ => false,
            };
            if (prefixed) text = "▁" + text;
        }
        var symbols = new List<int>();
        try
        {
            foreach (var word in _model.PreTokenizer.Split(text))
            {
                symbols.Clear();
                if (_model.Symbols == SymbolKind.ByteLevel) ByteLevelWord(word, symbols);
                else FallbackWord(word, symbols);
                ids.AddRange(symbols);
            }
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new ModelFileException(_model.File, "a pre-tokenizer whose pattern splits a text in time",
                $"'{e.Pattern}', which took over {e.MatchTimeout.TotalSeconds} s for its next match", e);
        }
    }

    private void ByteLevelWord(string word, List<int> symbols)
    {
        var bytes = Encoding.UTF8.GetBytes(word);
        if (_model.IgnoreMerges && _model.Vocabulary.TryGetValue(ByteAlphabet.Encode(bytes), out var whole))
        {
            symbols.Add(whole);
            return;
        }
        foreach (var b in bytes)
        {
            if (_byteIds[b] >= 0) symbols.Add(_byteIds[b]);
            else if (_model.UnknownId is { } unknown) symbols.Add(unknown);
        }
        _merger.Merge(symbols);
    }

    private void FallbackWord(string word, List<int> symbols)
    {
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in word.EnumerateRunes())
        {
            if (_model.Vocabulary.TryGetValue(rune.ToString(), out var id))
            {
                symbols.Add(id);
                continue;
            }
            var written = rune.EncodeToUtf8(utf8);
            for (var i = 0; i < written; i++)
            {
                if (_byteIds[utf8[i]] >= 0) symbols.Add(_byteIds[utf8[i]]);
                else if (_model.UnknownId is { } unknown) symbols.Add(unknown);
            }
        }
        _merger.Merge(symbols);
    }

    private int[] ByteIds()
    {
        var ids = new int[256];
        for (var b = 0; b < 256; b++)
        {
            var name = _model.Symbols == SymbolKind.ByteLevel ? ByteAlphabet.Char((byte)b).ToString() : $"<0x{b:X2}>";
            ids[b] = _model.Vocabulary.TryGetValue(name, out var id) ? id : -1;
        }
        return ids;
    }

    private byte[] Decode(string token)
    {
        if (_model.Symbols == SymbolKind.ByteLevel)
            return ByteAlphabet.TryDecode(token, out var bytes) ? bytes : Encoding.UTF8.GetBytes(token);
        if (token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal)
            && byte.TryParse(token.AsSpan(3, 2), System.Globalization.NumberStyles.HexNumber, null, out var b))
            return [b];
        return Encoding.UTF8.GetBytes(token.Replace('▁', ' '));
    }
}
