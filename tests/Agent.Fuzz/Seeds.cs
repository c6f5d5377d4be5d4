using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Inference.Tokenization;
using EdgeAgent.Tests.Import.Gguf;

namespace EdgeAgent.Fuzz;

/// <summary>Small valid inputs that between them use every part of each format, for a fuzzer to begin with.</summary>
internal static class Seeds
{
    public static IEnumerable<(string Target, string Name, byte[] Content)> All() =>
        Queries().Select(q => ("query", q.Name, Encoding.UTF8.GetBytes(q.Text)))
            .Concat(Ggufs().Select(g => ("gguf", g.Name, Bytes(g.File))))
            .Concat(SafetensorsFiles().Select(s => ("safetensors", s.Name, s.Content)))
            .Concat(Tokenizers().Select(t => ("tokenizer", t.Name, Encoding.UTF8.GetBytes(t.Text))))
            .Concat(Signatures().Select(s => ("signature", s.Name, s.Content)));

    private static IEnumerable<(string Name, string Text)> Queries() =>
    [
        ("plain", "What does alarm SP-24 mean? 电机过热"),
        ("smallest", """{"messages":[{"role":"user","content":"hello"}]}"""),
        ("all-fields", """
            {"model":"student","messages":[{"role":"system","content":"short"},{"role":"user","content":"a\u00e9\ud83d\ude00"},
            {"role":"assistant","content":"b"},{"role":"user","content":[{"type":"text","text":"c"},{"type":"text","text":"d"}]}],
            "max_tokens":5,"max_completion_tokens":6,"temperature":0.5,"top_p":0.9,"top_k":40,"min_p":0.1,"repetition_penalty":1.1,
            "seed":-7,"stream":false,"stop":["x","\n"],"reasoning_effort":"low","conversation":"c1","include_reasoning":true,"user":"u",
            "reply_to":"clients/a","correlation":"1"}
            """),
        ("neutral-fields", """
            {"n":1,"response_format":{"type":"text"},"logprobs":false,"top_logprobs":0,"tool_choice":"none","stop":"end","seed":null,
            "messages":[{"role":"user","content":"e"}]}
            """),
    ];

    private static IEnumerable<(string Name, TinyGguf File)> Ggufs()
    {
        string[] letters = ["a", "b", "ab", "<|end|>"];
        yield return ("llama-bpe", Small("llama", letters, [1, 1, 1, 3], new() { ["tokenizer.ggml.merges"] = new[] { "a b" } }));
        string[] pieces = ["<unk>", "<s>", "</s>", "<0x0A>", "▁", "a", "▁a"];
        yield return ("llama-sentencepiece", Small("llama", pieces, [2, 3, 3, 6, 1, 1, 1], new()
        {
            ["tokenizer.ggml.model"] = "llama",
            ["tokenizer.ggml.scores"] = new[] { 0f, 0, 0, 0, -1, -2, -3 },
            ["tokenizer.ggml.bos_token_id"] = 1,
            ["tokenizer.ggml.eos_token_id"] = 2,
            ["tokenizer.ggml.unknown_token_id"] = 0,
            ["tokenizer.ggml.padding_token_id"] = 2u,
            ["tokenizer.ggml.add_bos_token"] = true,
            ["tokenizer.ggml.add_eos_token"] = false,
            ["tokenizer.ggml.add_space_prefix"] = true,
            ["tokenizer.chat_template"] = "{{ messages[0].content }}",
            ["tokenizer.chat_template.other"] = "{{ 1 }}",
        }));
        yield return ("llama-rope", Small("llama", letters, [1, 1, 1, 4], new()
        {
            ["general.name"] = "seed",
            ["general.type"] = "model",
            ["llama.attention.head_count_kv"] = 1,
            ["llama.attention.key_length"] = 8,
            ["llama.attention.causal"] = true,
            ["llama.attention.sliding_window"] = 0,
            ["llama.rope.freq_base"] = 10000f,
            ["llama.rope.scaling.type"] = "yarn",
            ["llama.rope.scaling.factor"] = 2f,
            ["llama.rope.scaling.original_context_length"] = 64,
            ["llama.rope.scaling.yarn_beta_fast"] = 32f,
            ["llama.rope.scaling.yarn_beta_slow"] = 1f,
            ["tokenizer.ggml.pre"] = "qwen2",
        }));
        var divisors = Small("llama", letters, [1, 1, 1, 3], []);
        divisors.Tensors["rope_freqs.weight"] = (1, 4, [1, 1, 2, 4]);
        yield return ("llama-divisors", divisors);
        var norms = Small("qwen3", letters, [1, 1, 1, 3], []);
        norms.Tensors["blk.0.attn_q_norm.weight"] = norms.Tensors["blk.0.attn_k_norm.weight"] = (1, 8, new float[8]);
        yield return ("qwen3", norms);
    }

    /// <summary>One block of 8 x 8 matrices, which is the smallest that the agent takes.</summary>
    private static TinyGguf Small(string type, string[] tokens, int[] kinds, Dictionary<string, object> metadata)
    {
        var file = new TinyGguf();
        foreach (var key in file.Metadata.Keys.Where(k => k.StartsWith("llama.", StringComparison.Ordinal)).ToList())
            file.Metadata.Remove(key);
        foreach (var name in new[] { "context_length", "embedding_length", "feed_forward_length" }) file.Metadata[$"{type}.{name}"] = 8;
        file.Metadata["general.architecture"] = type;
        file.Metadata[$"{type}.block_count"] = file.Metadata[$"{type}.attention.head_count"] = 1;
        file.Metadata[$"{type}.attention.layer_norm_rms_epsilon"] = 1e-5f;
        file.Metadata["tokenizer.ggml.tokens"] = tokens;
        file.Metadata["tokenizer.ggml.token_type"] = kinds;
        file.Metadata["tokenizer.ggml.eos_token_id"] = 3;
        foreach (var (key, value) in metadata) file.Metadata[key] = value;
        file.Tensors.Remove("output.weight");
        foreach (var (name, tensor) in file.Tensors.ToList())
        {
            var rows = tensor.Rows == 1 ? 1 : name == "token_embd.weight" ? tokens.Length : 8;
            file.Tensors[name] = (rows, 8, new float[rows * 8]);
        }
        return file;
    }

    private static byte[] Bytes(TinyGguf file) => File.ReadAllBytes(file.Write(Path.Combine(FuzzFolder.Path, "seed.gguf")));

    private static IEnumerable<(string Name, byte[] Content)> SafetensorsFiles()
    {
        yield return ("empty", SafetensorsFile("{}", 0));
        yield return ("types", SafetensorsFile("""
            {"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},
            "b":{"dtype":"F16","shape":[2],"data_offsets":[8,12]},"c":{"dtype":"BF16","shape":[],"data_offsets":[12,14]},
            "d":{"dtype":"I64","shape":[1],"data_offsets":[14,22]},"e":{"dtype":"U8","shape":[0,3],"data_offsets":[22,22]}}
            """, 22));
    }

    private static byte[] SafetensorsFile(string header, int data)
    {
        var file = new byte[8 + Encoding.UTF8.GetByteCount(header) + data];
        BinaryPrimitives.WriteInt64LittleEndian(file, file.Length - 8 - data);
        Encoding.UTF8.GetBytes(header, file.AsSpan(8));
        return file;
    }

    private static IEnumerable<(string Name, string Text)> Tokenizers()
    {
        var bytes = string.Join(',', Enumerable.Range(0, 256).Select(b => $"\"{Escaped(ByteAlphabet.Char((byte)b))}\":{b}"));
        yield return ("byte-level", $$$"""
            {"added_tokens":[{"id":258,"content":"<|im_end|>","special":true,"lstrip":true,"rstrip":true,"single_word":false,
            "normalized":false}],"normalizer":{"type":"NFC"},"pre_tokenizer":{"type":"Sequence","pretokenizers":[
            {"type":"Split","pattern":{"Regex":"\\p{N}{1,3}| ?\\p{L}+|\\s+(?!\\S)"},"behavior":"Isolated","invert":false},
            {"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]},"post_processor":{"type":"Sequence","processors":[
            {"type":"ByteLevel"},{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<|im_end|>","type_id":0}},
            {"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"<|im_end|>","type_id":0}}]}]},
            "model":{"type":"BPE","unk_token":null,"byte_fallback":false,"ignore_merges":true,"continuing_subword_prefix":"",
            "vocab":{{{{bytes}}},"al":256,"ar":257},"merges":["a l",["a","r"]]}}
            """);
        yield return ("metaspace", """
            {"added_tokens":[{"id":0,"content":"<unk>","special":true},{"id":1,"content":"don't","single_word":true}],
            "pre_tokenizer":{"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":true},
            "model":{"type":"BPE","unk_token":"<unk>","byte_fallback":true,"vocab":{"<unk>":0,"don't":1,"▁":2,"a":3,"l":4,"al":5,
            "<0x0A>":6},"merges":["a l"]}}
            """);
        yield return ("sentencepiece", """
            {"added_tokens":null,"normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},
            {"type":"Replace","pattern":{"String":" "},"content":"▁"}]},"pre_tokenizer":null,"post_processor":null,
            "model":{"byte_fallback":true,"vocab":{"▁":0,"a":1,"▁a":2},"merges":["▁ a"]}}
            """);
        yield return ("digits", """
            {"normalizer":{"type":"NFKC"},"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},
            {"type":"Split","pattern":{"String":" "},"behavior":"MergedWithNext","invert":true},
            {"type":"Split","pattern":{"String":"t"},"behavior":"Contiguous"},
            {"type":"Split","pattern":{"Regex":"[^\\s]"},"behavior":"MergedWithPrevious"},
            {"type":"ByteLevel","add_prefix_space":true,"use_regex":true}]},"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}
            """);
    }

    private static string Escaped(char c) => c is '"' or '\\' ? $"\\{c}" : c.ToString();

    private static IEnumerable<(string Name, byte[] Content)> Signatures()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Certificate(new CertificateRequest("CN=seed", key, HashAlgorithmName.SHA256));
        var model = Path.Combine(FuzzFolder.Path, "model");
        Directory.CreateDirectory(model);
        File.WriteAllText(Path.Combine(model, "a.bin"), "content");
        File.WriteAllText(Path.Combine(model, "b.bin"), "more");
        byte[] Signed(Action<string> sign)
        {
            var path = Path.Combine(FuzzFolder.Path, "seed.sig");
            sign(path);
            return File.ReadAllBytes(path);
        }
        var files = Signed(path => ModelSigner.SignWithKey(model, path, key, new SignOptions()));
        var shards = Signed(path => ModelSigner.SignWithKey(model, path, key,
            new SignOptions { ShardSize = 4, AllowSymlinks = true, IgnorePaths = [Path.Combine(model, "c")] }));
        yield return ("files", files);
        yield return ("shards", shards);
        yield return ("certificate", Signed(path => ModelSigner.SignWithCertificate(model, path, key, certificate, [], new SignOptions())));
        yield return ("files-statement", SignatureBundle.Parse(files).Payload);
        yield return ("shards-statement", SignatureBundle.Parse(shards).Payload);
        yield return ("der-p256", certificate.RawData);
        using var large = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        using var other = Certificate(new CertificateRequest("CN=seed", large, HashAlgorithmName.SHA512));
        yield return ("der-p521", other.RawData);
    }

    private static X509Certificate2 Certificate(CertificateRequest request)
    {
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.3")], critical: false));
        var from = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        return request.CreateSelfSigned(from, from.AddYears(100));
    }
}
