using EdgeAgent.Bundles.Safetensors;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Inference.Tokenization;
using EdgeAgent.Platform;
using EdgeAgent.Queries;

namespace EdgeAgent.Fuzz;

/// <summary>
/// A parser of untrusted bytes. It passes when it returns or throws the exception that it documents; every other exception, more than
/// <see cref="MaxAllocatedBytes"/> and more than <see cref="MaxTime"/> are findings.
/// </summary>
/// <param name="Name">Also the folder below tests/data/fuzz.</param>
/// <param name="Parse">Whether the input was accepted.</param>
internal sealed record FuzzTarget(string Name, Func<byte[], bool> Parse)
{
    /// <summary>Bytes that one input may allocate in all, whether or not they are freed meanwhile.</summary>
    public const long MaxAllocatedBytes = 1L << 30;

    public static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(5);

    private const string Sample = " Alarm SP-24: 电机温度 91 °C, don't restart\n<|im_end|>";
    private static readonly byte[] Der = [0x30];
    private static readonly QueryOptions Options = new();

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("query", Query), new("gguf", Gguf), new("safetensors", Safetensors), new("tokenizer", TokenizerJson),
        new("signature", Signature),
    ];

    /// <returns>Whether the parser accepted the input.</returns>
    /// <exception cref="Exception">A finding.</exception>
    public bool Run(byte[] input)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var accepted = Parse(input);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Require(allocated <= MaxAllocatedBytes, $"{allocated} bytes allocated for an input of {input.Length}");
        return accepted;
    }

    /// <summary>A payload with each content type that changes how it is read.</summary>
    private static bool Query(byte[] input)
    {
        var accepted = false;
        foreach (var contentType in new[] { "text/plain", "application/json", null })
        {
            using var payload = QueryPayload.Read(input, contentType, Options);
            payload.Text("reply_to", out _);
            var (query, error) = QueryParser.Parse(payload, stream: null, Options, "student");
            Require(query is null != error is null, "neither a query nor an error, or both");
            Require(query is null || query.MaxTokens > 0 && query.Messages.Count > 0, "a query without tokens or messages");
            accepted = query is not null;
        }
        return accepted;
    }

    /// <summary>The header and, where it describes a model, the tokenizer in it.</summary>
    private static bool Gguf(byte[] input) => Accepts<ModelFileException>(() =>
    {
        using var checkpoint = GgufCheckpoint.Open(FuzzFolder.Write(input));
        checkpoint.WriteTokenizer(FuzzFolder.Path);
    });

    /// <summary>
    /// The file as it is; then its bytes after the first 8 as a header whose length is right, in a file with as many bytes of data as
    /// the first 4 say. Otherwise a change to the header's text would always break its length first.
    /// </summary>
    private static bool Safetensors(byte[] input)
    {
        var accepted = Accepts<ModelFileException>(() => Header(input, input.Length));
        if (input.Length < 8) return accepted;
        var data = BitConverter.ToUInt32(input);
        byte[] repaired = [.. BitConverter.GetBytes(input.Length - 8L), .. input.AsSpan(8)];
        return Accepts<ModelFileException>(() => Header(repaired, input.Length + data)) || accepted;
    }

    private static void Header(byte[] start, long fileLength)
    {
        SafetensorsHeader.ReadLength("fuzz", start, fileLength);
        foreach (var entry in SafetensorsHeader.Parse("fuzz", start, fileLength).Values)
            Require(entry.Offset >= 8 && entry.Length >= 0 && entry.Offset + entry.Length <= fileLength && entry.Elements >= 0,
                $"tensor '{entry.Name}' outside the file");
    }

    /// <summary>The file, and a text with what it declares.</summary>
    private static bool TokenizerJson(byte[] input) => Accepts<ModelFileException>(() =>
    {
        var tokenizer = TokenizerFile.Parse("fuzz", input);
        var ids = tokenizer.Encode(tokenizer.Neutralize(Sample));
        foreach (var id in ids) Require(id >= 0 && id < tokenizer.Size, $"id {id} of {tokenizer.Size}");
        tokenizer.Decode(ids, keepSpecial: true);
    });

    /// <summary>
    /// The bundle, which no key of this run has signed; its statement and certificates as if it had been verified; and the input
    /// itself as a statement and as a certificate.
    /// </summary>
    private static bool Signature(byte[] input)
    {
        var isStatement = Accepts<VerificationException>(() => SignedManifest.Parse(input));
        var isCertificate = input.AsSpan().StartsWith(Der) && CheckCertificates([input]);
        var isBundle = Accepts<VerificationException>(() =>
        {
            var bundle = SignatureBundle.Parse(input);
            SignedManifest.Parse(bundle.Payload);
            if (bundle.Certificates is { } chain) CheckCertificates(chain);
        });
        var path = FuzzFolder.Write(input);
        var verified = Accepts<VerificationException>(() => ModelVerifier.VerifyWithKey(path, path, FuzzKeys.Key, new VerifyOptions()));
        Require(!verified, "a signature by a key that is not its own");
        return isStatement || isBundle || isCertificate;
    }

    /// <returns>Whether the certificates were read; that they are not trusted is right, since the root is another one.</returns>
    private static bool CheckCertificates(IReadOnlyList<byte[]> certificates)
    {
        try
        {
            CertificateChain.LeafKey(certificates, FuzzKeys.Root, TimeProvider.System).Dispose();
        }
        catch (VerificationException e)
        {
            return e.Expected.StartsWith("a certificate chain valid now", StringComparison.Ordinal);
        }
        throw new FuzzFindingException("a certificate that the root did not issue was trusted");
    }

    /// <returns>False where the parser throws the exception that it documents.</returns>
    private static bool Accepts<T>(Action parse) where T : Exception
    {
        try
        {
            parse();
            return true;
        }
        catch (T)
        {
            return false;
        }
    }

    private static void Require(bool condition, string found)
    {
        if (!condition) throw new FuzzFindingException(found);
    }
}
