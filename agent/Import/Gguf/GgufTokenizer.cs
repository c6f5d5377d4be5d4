using System.Text.Json;
using EdgeAgent.Bundles;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Platform;

namespace EdgeAgent.Import.Gguf;

/// <summary>The tokenizer and chat template in a GGUF file's metadata, written as Hugging Face files.</summary>
internal static class GgufTokenizer
{
    private const int Unknown = 2, Control = 3, UserDefined = 4;
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
        ["default"] = (NoNormalizer, Gpt2, false),
        ["smollm"] = (NoNormalizer, $$"""{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{{Gpt2}}]}""",
            false),
        ["llama-bpe"] = (NoNormalizer, Split(Words + @"\p{N}{1,3}" + Rest), true),
        ["llama3"] = (NoNormalizer, Split(Words + @"\p{N}{1,3}" + Rest), true),
        ["qwen2"] = (Nfc, Split(Words + @"\p{N}" + Rest), false),
        ["deepseek-r1-qwen"] = (Nfc, Split(Words + @"\p{N}" + Rest), false),
    };

    public static void Write(GgufFile file, string directory)
    {
        var tokens = file.List("tokenizer.ggml.tokens")?.Cast<string>().ToList()
            ?? throw new ModelFileException(file.Path, "tokenizer.ggml.tokens", "none");
        var types = file.List("tokenizer.ggml.token_type")?.Select(t => (int)(long)t).ToList() ?? [.. tokens.Select(_ => 1)];
        if (types.Count != tokens.Count) throw new ModelFileException(file.Path, $"{tokens.Count} token types", $"{types.Count}");
        var bos = file.Whole("tokenizer.ggml.bos_token_id");
        var kind = file.Text("tokenizer.ggml.model");
        var json = kind switch
        {
            "gpt2" => ByteLevel(file, tokens, types, AddsBos(file, otherwise: false) ? bos : null),
            "llama" => SentencePiece(file, tokens, types, AddsBos(file, otherwise: true) ? bos : null),
            _ => throw new ModelFileException(file.Path, "a tokenizer.ggml.model of gpt2 or llama", $"'{kind}'"),
        };
        DurableFile.WriteAllBytes(Path.Combine(directory, Bundle.TokenizerFileName), json);
        string? Token(string key) => file.Whole(key) is { } id && id >= 0 && id < tokens.Count ? tokens[(int)id] : null;
        DurableFile.WriteAllBytes(Path.Combine(directory, Bundle.TokenizerConfigFileName),
            JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string?>
            {
                ["bos_token"] = Token("tokenizer.ggml.bos_token_id"),
                ["eos_token"] = Token("tokenizer.ggml.eos_token_id"),
                ["pad_token"] = Token("tokenizer.ggml.padding_token_id"),
                ["unk_token"] = Token("tokenizer.ggml.unknown_token_id"),
            }));
        DurableFile.WriteAllText(Path.Combine(directory, Bundle.ChatTemplateFileName),
            file.Text("tokenizer.chat_template") ?? ChatTemplate.Plain);
    }

    private static byte[] ByteLevel(GgufFile file, List<string> tokens, List<int> types, long? bos)
    {
        var name = file.Text("tokenizer.ggml.pre") ?? "default";
        if (!PreTokenizers.TryGetValue(name, out var pre))
            throw new ModelFileException(file.Path, $"a tokenizer.ggml.pre of {string.Join(", ", PreTokenizers.Keys)}", $"'{name}'");
        var merges = (file.List("tokenizer.ggml.merges") ?? throw new ModelFileException(file.Path, "tokenizer.ggml.merges", "none"))
            .Cast<string>().Select(m =>
        {
            var space = m.IndexOf(' ', 1);
            return space > 0 ? (m[..space], m[(space + 1)..]) : throw new ModelFileException(file.Path, "merges of two symbols", $"'{m}'");
        });
        var added = types.Select((t, id) => (Id: id, Type: t)).Where(t => t.Type is Control or UserDefined)
            .Select(t => (t.Id, t.Type == Control)).ToList();
        return TokenizerJson.ByteLevel(tokens, added, merges, pre.Normalizer, pre.PreTokenizer, pre.IgnoreMerges,
            bos is { } b ? tokens[(int)b] : null);
    }

    private static byte[] SentencePiece(GgufFile file, List<string> tokens, List<int> types, long? bos)
    {
        var scores = file.List("tokenizer.ggml.scores") ?? throw new ModelFileException(file.Path, "tokenizer.ggml.scores", "none");
        if (scores.Count != tokens.Count) throw new ModelFileException(file.Path, $"{tokens.Count} scores", $"{scores.Count}");
        var special = types.Select((t, id) => (Id: id, Type: t)).Where(t => t.Type is Control or Unknown).Select(t => t.Id).ToList();
        return TokenizerJson.SentencePiece([.. tokens.Zip(scores, (t, s) => (t, (float)(double)s))], special, (int?)bos,
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
