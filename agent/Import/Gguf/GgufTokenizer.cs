using System.Text.Json;
using EdgeAgent.Bundles;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Inference;
using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Platform;

namespace EdgeAgent.Import.Gguf;

/// <summary>The tokenizer and chat template in a GGUF file's metadata, written as Hugging Face files.</summary>
internal static class GgufTokenizer
{
    private const int Normal = 1, Unknown = 2, Control = 3, UserDefined = 4;
    private const string NoNormalizer = "null", Nfc = """{"type":"NFC"}""";
    private const string Gpt2 = """{"type":"ByteLevel","add_prefix_space":false,"use_regex":true}""";
    private const string Words = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|";
    private const string Rest = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>
    /// Byte-level pre-tokenizers by GGUF's name: normalizer, pre-tokenizer, and whether words of the vocabulary skip the merges.
    /// </summary>
    private static readonly Dictionary<string, (string Normalizer, string PreTokenizer, bool IgnoreMerges)> PreTokenizers = new()
    {
        ["gpt-2"] = (NoNormalizer, Gpt2, false),
        ["smollm"] = (NoNormalizer, $$"""{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{{Gpt2}}]}""",
            false),
        ["llama-bpe"] = (NoNormalizer, Split(Words + @"\p{N}{1,3}" + Rest), true),
        ["llama3"] = (NoNormalizer, Split(Words + @"\p{N}{1,3}" + Rest), true),
        ["qwen2"] = (Nfc, Split(Words + @"\p{N}" + Rest), false),
        ["deepseek-r1-qwen"] = (Nfc, Split(Words + @"\p{N}" + Rest), false),
    };

    /// <summary>Writes the files of the text side.</summary>
    /// <returns>What is not used, and what was decided; sentences.</returns>
    /// <exception cref="ModelFileException">The vocabulary is incomplete, or text would get other ids.</exception>
    public static IReadOnlyList<string> Write(GgufFile file, string directory)
    {
        var tokens = file.List<string>("tokenizer.ggml.tokens")?.ToList()
            ?? throw new ModelFileException(file.Path, "tokenizer.ggml.tokens", "none");
        var types = file.List<long>("tokenizer.ggml.token_type") ?? [.. tokens.Select(_ => (long)Normal)];
        if (types.Count != tokens.Count) throw new ModelFileException(file.Path, $"{tokens.Count} token types", $"{types.Count}");
        var notes = new List<string>();
        var added = Added(file, tokens, types);
        var bos = GgufSpecialIds.Read(file, "bos", tokens.Count);
        var kind = file.Text("tokenizer.ggml.model");
        var json = kind switch
        {
            "gpt2" => ByteLevel(file, tokens, added, AddsBos(file, otherwise: false) ? bos : null, notes),
            "llama" => SentencePiece(file, tokens, added, AddsBos(file, otherwise: true) ? bos : null),
            _ => throw new ModelFileException(file.Path, "a tokenizer.ggml.model of gpt2 or llama", $"'{kind}'"),
        };
        DurableFile.WriteAllBytes(Path.Combine(directory, Bundle.TokenizerFileName), json);
        string? Token(string name) => GgufSpecialIds.Find(file, name, tokens.Count, notes) is { } id ? tokens[id] : null;
        DurableFile.WriteAllBytes(Path.Combine(directory, Bundle.TokenizerConfigFileName),
            JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string?>
            {
                ["bos_token"] = Token("bos"),
                ["eos_token"] = Token("eos"),
                ["pad_token"] = Token("padding"),
                ["unk_token"] = Token("unknown"),
            }));
        if (file.Flag("tokenizer.ggml.add_eos_token"))
            notes.Add("tokenizer.ggml.add_eos_token is not used: a prompt does not end the text");
        DurableFile.WriteAllText(Path.Combine(directory, Bundle.ChatTemplateFileName), Template(file, notes));
        return notes;
    }

    /// <summary>tokenizer.chat_template is the default one; others follow it by name.</summary>
    private static string Template(GgufFile file, List<string> notes)
    {
        const string key = "tokenizer.chat_template";
        var named = file.Metadata.Where(e => e.Value is string && e.Key.StartsWith(key + ".", StringComparison.Ordinal))
            .Select(e => (Name: e.Key[(key.Length + 1)..], Text: (string)e.Value)).ToList();
        if (file.Text(key) is not { } template)
        {
            if (named.Count == 0)
            {
                notes.Add(NamedTemplates.NoneNote);
                return ChatTemplate.Plain;
            }
            (template, var others) = NamedTemplates.Of(file.Path, named);
            named.RemoveAll(n => !others.Contains(n.Name));
            if (template is null) return ChatTemplate.Plain;
        }
        if (named.Count > 0) notes.Add(NamedTemplates.OthersNote(named.Select(n => n.Name)));
        return template;
    }

    /// <summary>
    /// Tokens that are matched whole. A user-defined one is special when it has the form of a mark (&lt;|im_end|&gt;) or is named as
    /// one: older conversions give the marks of the chat this type, and a user must not be able to write them.
    /// </summary>
    private static List<(int Id, bool Special)> Added(GgufFile file, List<string> tokens, IReadOnlyList<long> types)
    {
        var named = new[] { "bos", "eos", "eot", "eom", "unknown" }.Select(n => GgufSpecialIds.Find(file, n, tokens.Count, []))
            .OfType<int>().ToHashSet();
        bool IsMark(int id) => named.Contains(id)
            || tokens[id].StartsWith("<|", StringComparison.Ordinal) && tokens[id].EndsWith("|>", StringComparison.Ordinal);
        return [.. types.Select((type, id) => (Id: id, Type: type))
            .Where(t => t.Type is Control or Unknown or UserDefined || named.Contains(t.Id) && t.Type == Normal)
            .Select(t => (t.Id, t.Type != UserDefined || IsMark(t.Id)))];
    }

    private static byte[] ByteLevel(GgufFile file, List<string> tokens, List<(int Id, bool Special)> added, int? bos, List<string> notes)
    {
        var name = file.Text("tokenizer.ggml.pre");
        if (name is null or "default")
        {
            if (!tokens.Exists(IsSpaceAndDigit))
                throw new ModelFileException(file.Path,
                    "tokenizer.ggml.pre, which says how text is split before the merges: convert the model again with a current converter",
                    $"{(name is null ? "none" : "'default'")}, and a vocabulary that was not made with GPT-2's splitting");
            notes.Add("the file does not say how text is split before the merges (tokenizer.ggml.pre); GPT-2's way is used, "
                + "which its vocabulary has the form of");
            name = "gpt-2";
        }
        if (!PreTokenizers.TryGetValue(name, out var pre))
            throw new ModelFileException(file.Path, $"a tokenizer.ggml.pre of {string.Join(", ", PreTokenizers.Keys)}", $"'{name}'");
        var pairs = file.List<string>("tokenizer.ggml.merges") ?? throw new ModelFileException(file.Path, "tokenizer.ggml.merges", "none");
        var merges = pairs.Select(m =>
        {
            var space = m.Length > 0 ? m.IndexOf(' ', 1) : -1;
            return space > 0 ? (m[..space], m[(space + 1)..]) : throw new ModelFileException(file.Path, "merges of two symbols", $"'{m}'");
        });
        return TokenizerJson.ByteLevel(tokens, added, merges, pre.Normalizer, pre.PreTokenizer, pre.IgnoreMerges,
            bos is { } b ? tokens[b] : null);
    }

    /// <summary>Only GPT-2's splitting keeps a space and the digits behind it together.</summary>
    private static bool IsSpaceAndDigit(string token) => token.Length > 1 && token[0] == 'Ġ' && char.IsAsciiDigit(token[1]);

    private static byte[] SentencePiece(GgufFile file, List<string> tokens, List<(int Id, bool Special)> added, int? bos)
    {
        var scores = file.List<double>("tokenizer.ggml.scores") ?? throw new ModelFileException(file.Path, "tokenizer.ggml.scores", "none");
        if (scores.Count != tokens.Count) throw new ModelFileException(file.Path, $"{tokens.Count} scores", $"{scores.Count}");
        return TokenizerJson.SentencePiece([.. tokens.Zip(scores, (t, s) => (t, (float)s))], added,
            GgufSpecialIds.Read(file, "unknown", tokens.Count) ?? 0, bos,
            file.Metadata.GetValueOrDefault("tokenizer.ggml.add_space_prefix") is not false);
    }

    private static bool AddsBos(GgufFile file, bool otherwise) =>
        file.Metadata.GetValueOrDefault("tokenizer.ggml.add_bos_token") as bool? ?? otherwise;

    private static string Split(string pattern) =>
        $$"""
        {"type":"Sequence","pretokenizers":[
          {"type":"Split","pattern":{"Regex":{{JsonSerializer.Serialize(pattern)}}},"behavior":"Isolated","invert":false},
          {"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]}
        """;
}
