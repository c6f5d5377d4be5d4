using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using EdgeAgent.Platform;

namespace EdgeAgent.Inference.Tokenization;

/// <summary>
/// Reads a Hugging Face tokenizer.json. An unsupported declaration is an error that names it, never a silent difference.
/// </summary>
public static class TokenizerFile
{
    /// <summary>Upper bound on the file, bytes; the largest published ones are about 20 MB.</summary>
    internal const long MaxBytes = 64L << 20;

    private const int MaxTokens = 2_000_000;

    /// <summary>Characters of a Split pattern; published ones have some hundreds, and deeply nested ones take long to compile.</summary>
    private const int MaxPatternLength = 4096;

    /// <summary>
    /// Time in which a Split pattern must find its next match. Published patterns need microseconds; others backtrack for ever.
    /// </summary>
    private static readonly TimeSpan MaxMatchTime = TimeSpan.FromSeconds(2);

    /// <summary>Reads the file.</summary>
    /// <exception cref="ModelFileException">Missing, malformed, or declares something unsupported; names it.</exception>
    public static Tokenizer Load(string path)
    {
        if (!File.Exists(path)) throw new ModelFileException(path, "a tokenizer.json", "no such file");
        if (new FileInfo(path).Length > MaxBytes)
            throw new ModelFileException(path, $"at most {MaxBytes} bytes", $"{new FileInfo(path).Length} bytes");
        var bytes = ModelFile.ReadAllBytes(path);
        return Parse(path, bytes.AsMemory(bytes.Length - TextFile.WithoutMark(bytes).Length));
    }

    /// <exception cref="ModelFileException">The JSON is malformed, or declares something unsupported.</exception>
    internal static Tokenizer Parse(string path, ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 32 });
            return new Tokenizer(Read(path, document.RootElement));
        }
        catch (Exception e)
            when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or ArgumentException
                or OverflowException)
        {
            throw new ModelFileException(path, "a byte-pair tokenizer.json", e.Message, e);
        }
    }

    private static TokenizerModel Read(string path, JsonElement root)
    {
        var model = Required(path, root, "model");
        if (model.TryGetProperty("type", out var type) && type.GetString() != "BPE")
            throw new ModelFileException(path, "a model of type BPE", $"'{type.GetString()}'");
        var vocabulary = ReadVocabulary(path, Required(path, model, "vocab"));
        var fallback = Flag(model, "byte_fallback");
        var normalizers = Flatten(Optional(root, "normalizer"), "normalizers").ToList();
        var added = ReadAdded(path, Optional(root, "added_tokens"));
        var addedIds = added.DistinctBy(a => a.Content).ToDictionary(a => a.Content, a => a.Id, StringComparer.Ordinal);
        int Id(string token) => addedIds.TryGetValue(token, out var id) || vocabulary.TryGetValue(token, out id)
            ? id : throw new ModelFileException(path, $"a token '{token}'", "none of that name");
        var steps = Flatten(Optional(root, "pre_tokenizer"), "pretokenizers").ToList();
        var metaspace = steps.Exists(s => s.GetProperty("type").GetString() == "Metaspace");
        if (metaspace && steps.Count > 1) throw new ModelFileException(path, "a pre-tokenizer Metaspace alone", $"{steps.Count} steps");
        foreach (var affix in new[] { "continuing_subword_prefix", "end_of_word_suffix" })
            if (Optional(model, affix) is { ValueKind: JsonValueKind.String } text && text.GetString() is { Length: > 0 } mark)
                throw new ModelFileException(path, $"no {affix}", $"'{mark}'");
        var (prefix, suffix) = ReadPostProcessor(path, Optional(root, "post_processor"), Id);
        var unknown = Optional(model, "unk_token") is { ValueKind: JsonValueKind.String } u ? Id(u.GetString()!) : (int?)null;
        var result = new TokenizerModel
        {
            File = path,
            Symbols = fallback || metaspace ? SymbolKind.ByteFallback : SymbolKind.ByteLevel,
            Vocabulary = vocabulary,
            Merges = ReadMerges(path, Required(path, model, "merges"), vocabulary),
            Added = added,
            PreTokenizer = steps.Count == 1 ? ReadStep(path, steps[0]) : new SequenceStep([.. steps.Select(s => ReadStep(path, s))]),
            Normalization = ReadNormalization(path, normalizers, fallback || metaspace),
            IgnoreMerges = Flag(model, "ignore_merges"),
            Prefixes = metaspace ? ReadPrefix(path, steps[0])
                : normalizers.Exists(n => n.GetProperty("type").GetString() == "Prepend") ? SpacePrefix.Every : SpacePrefix.None,
            UnknownId = unknown,
            Prefix = prefix,
            Suffix = suffix,
        };
        if (!fallback && !metaspace && !steps.Exists(s => s.GetProperty("type").GetString() == "ByteLevel"))
            throw new ModelFileException(path, "a pre-tokenizer ByteLevel or Metaspace, or a model with byte_fallback", "none of them");
        return result;
    }

    private static Dictionary<string, int> ReadVocabulary(string path, JsonElement vocab)
    {
        var result = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var entry in vocab.EnumerateObject())
        {
            var id = entry.Value.GetInt32();
            if (id is < 0 or >= MaxTokens)
                throw new ModelFileException(path, $"token ids in 0..{MaxTokens - 1}", $"{id} for '{entry.Name}'");
            result[entry.Name] = id;
        }
        if (result.Count == 0) throw new ModelFileException(path, "a vocabulary", "an empty one");
        return result;
    }

    private static Dictionary<(int, int), (int, int)> ReadMerges(string path, JsonElement merges, Dictionary<string, int> vocabulary)
    {
        var result = new Dictionary<(int, int), (int, int)>();
        var rank = 0;
        foreach (var entry in merges.EnumerateArray())
        {
            string left, right;
            if (entry.ValueKind == JsonValueKind.Array && entry.GetArrayLength() == 2)
            {
                (left, right) = (entry[0].GetString()!, entry[1].GetString()!);
            }
            else
            {
                var text = entry.GetString()!;
                var space = text.IndexOf(' ', StringComparison.Ordinal);
                if (space <= 0 || space == text.Length - 1) throw new ModelFileException(path, "merges of two symbols", $"'{text}'");
                (left, right) = (text[..space], text[(space + 1)..]);
            }
            if (!vocabulary.TryGetValue(left, out var l) || !vocabulary.TryGetValue(right, out var r)
                || !vocabulary.TryGetValue(left + right, out var merged))
                throw new ModelFileException(path, $"merge {rank} of and to tokens of the vocabulary", $"'{left}' + '{right}'");
            result.TryAdd((l, r), (rank++, merged));
        }
        return result;
    }

    private static List<AddedToken> ReadAdded(string path, JsonElement? tokens)
    {
        if (tokens is null) return [];
        var added = tokens.Value.EnumerateArray().Select(t => new AddedToken(
            t.GetProperty("id").GetInt32(), t.GetProperty("content").GetString()!, Flag(t, "special"), Flag(t, "lstrip"), Flag(t, "rstrip"),
            Flag(t, "single_word"), Flag(t, "normalized"))).ToList();
        foreach (var token in added)
            if (token.Id is < 0 or >= MaxTokens || token.Content is null)
                throw new ModelFileException(path, $"added token ids in 0..{MaxTokens - 1}", $"{token.Id}");
        return added;
    }

    /// <summary>Metaspace's prepend_scheme; older files have add_prefix_space instead.</summary>
    private static SpacePrefix ReadPrefix(string path, JsonElement metaspace)
    {
        if (Optional(metaspace, "replacement") is { } by && by.GetString() != "▁")
            throw new ModelFileException(path, "a Metaspace replacement of '▁'", $"'{by}'");
        if (Optional(metaspace, "prepend_scheme") is not { } scheme)
            return Optional(metaspace, "add_prefix_space") is { } add && !add.GetBoolean() ? SpacePrefix.None : SpacePrefix.EveryWithout;
        return scheme.GetString() switch
        {
            "always" => SpacePrefix.EveryWithout,
            "first" => SpacePrefix.FirstWithout,
            "never" => SpacePrefix.None,
            var other => throw new ModelFileException(path, "a prepend_scheme of always, first, never", $"'{other}'"),
        };
    }

    private static PreTokenizer ReadStep(string path, JsonElement step)
    {
        switch (step.GetProperty("type").GetString())
        {
            case "ByteLevel":
                return new ByteLevelStep(Flag(step, "add_prefix_space"), !step.TryGetProperty("use_regex", out var r) || r.GetBoolean());
            case "Metaspace":
                return step.TryGetProperty("split", out var split) && !split.GetBoolean() ? new SequenceStep([])
                    : new SplitStep(new Regex("▁", RegexOptions.CultureInvariant), SplitBehavior.MergedWithNext, Invert: false);
            case "Digits":
                return new DigitsStep(Flag(step, "individual_digits"));
            case "Split":
                var pattern = step.GetProperty("pattern");
                var regex = pattern.TryGetProperty("Regex", out var p)
                    ? p.GetString()! : Regex.Escape(pattern.GetProperty("String").GetString()!);
                if (regex.Length > MaxPatternLength)
                    throw new ModelFileException(path, $"a Split pattern of at most {MaxPatternLength} characters", $"{regex.Length}");
                if (!Enum.TryParse<SplitBehavior>(step.GetProperty("behavior").GetString(), out var behavior))
                    throw new ModelFileException(path, $"a Split behaviour of {string.Join(", ", Enum.GetNames<SplitBehavior>())}",
                        $"'{step.GetProperty("behavior").GetString()}'");
                return new SplitStep(new Regex(regex, RegexOptions.CultureInvariant, MaxMatchTime), behavior,
                    Flag(step, "invert"));
            case var other:
                throw new ModelFileException(path, "a pre-tokenizer of ByteLevel, Digits, Metaspace, Split, Sequence", $"'{other}'");
        }
    }

    private static NormalizationForm? ReadNormalization(string path, List<JsonElement> normalizers, bool fallback)
    {
        NormalizationForm? form = null;
        foreach (var normalizer in normalizers)
        {
            switch (normalizer.GetProperty("type").GetString())
            {
                case "NFC": form = NormalizationForm.FormC; break;
                case "NFKC": form = NormalizationForm.FormKC; break;
                case "NFD": form = NormalizationForm.FormD; break;
                case "Prepend" when fallback && normalizer.GetProperty("prepend").GetString() == "▁": break;
                case "Replace" when fallback && normalizer.GetProperty("content").GetString() == "▁"
                    && normalizer.GetProperty("pattern").TryGetProperty("String", out var space) && space.GetString() == " ":
                    break;
                case var other:
                    throw new ModelFileException(path, "a normalizer of NFC, NFKC, NFD, or SentencePiece's Prepend and Replace",
                        $"'{other}'");
            }
        }
        return form;
    }

    private static (List<int> Prefix, List<int> Suffix) ReadPostProcessor(string path, JsonElement? element, Func<string, int> id)
    {
        List<int> prefix = [], suffix = [];
        foreach (var processor in Flatten(element, "processors"))
        {
            switch (processor.GetProperty("type").GetString())
            {
                case "ByteLevel": break;
                case "TemplateProcessing":
                    var target = prefix;
                    foreach (var part in processor.GetProperty("single").EnumerateArray())
                    {
                        if (part.TryGetProperty("SpecialToken", out var special)) target.Add(id(special.GetProperty("id").GetString()!));
                        else target = suffix;
                    }
                    break;
                case var other:
                    throw new ModelFileException(path, "a post-processor of ByteLevel, TemplateProcessing, Sequence", $"'{other}'");
            }
        }
        return (prefix, suffix);
    }

    /// <summary>An element, or the members of a Sequence of them, in order.</summary>
    private static IEnumerable<JsonElement> Flatten(JsonElement? element, string members)
    {
        if (element is not { } e) return [];
        return e.GetProperty("type").GetString() == "Sequence"
            ? e.GetProperty(members).EnumerateArray().SelectMany(m => Flatten(m, members))
            : [e];
    }

    private static JsonElement Required(string path, JsonElement parent, string name) =>
        Optional(parent, name) ?? throw new ModelFileException(path, $"'{name}'", "nothing of that name");

    private static JsonElement? Optional(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static bool Flag(JsonElement parent, string name) => Optional(parent, name) is { } value && value.GetBoolean();
}
