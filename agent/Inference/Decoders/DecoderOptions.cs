using EdgeAgent.Inference.Decoders.Prepared;

namespace EdgeAgent.Inference.Decoders;

/// <summary>Sizes and threads of a decoder session.</summary>
internal sealed record DecoderOptions
{
    /// <summary>Rows decoded together, 1..64.</summary>
    public int Rows { get; init; } = 8;

    /// <summary>Tokens a row can hold; 0 takes the model's own context, at most <see cref="MaxDefaultContext"/>.</summary>
    public int Context { get; init; }

    /// <summary>Tokens a row of a model should hold whose own context is given.</summary>
    public int ContextOf(int model) => Math.Min(Context > 0 ? Context : MaxDefaultContext, model);

    /// <summary>Maximum prompt tokens in one run, 1..4096.</summary>
    public int Chunk { get; init; } = 128;

    /// <summary>Threads inside one operator; 0 takes the number of cores.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// Whether ONNX Runtime's threads spin while they wait for the next operator of a run; they stop when the run returns.
    /// </summary>
    public bool Spinning { get; init; } = true;

    /// <summary>Most bytes of all rows' keys and values; 0 decides by the memory that is free (<see cref="CacheBudget"/>).</summary>
    public long CacheLimit { get; init; }

    /// <summary>Bytes that computed prefixes may take beside the rows.</summary>
    public long PrefixBytes { get; init; }

    /// <summary>Free memory in bytes; null where the system does not say.</summary>
    public Func<long?> FreeMemory { get; init; } = Platform.FreeMemory.Bytes;

    /// <summary>Where prepared models are kept; null: the student is prepared at every load.</summary>
    public PreparedStore? Prepared { get; init; }

    /// <summary>Where a GPU's graphs, weights and engines are kept; null: they are written anew at every load, which takes minutes for
    /// TensorRT.</summary>
    public PreparedStore? Devices { get; init; }

    /// <summary>
    /// Whether a student whose engines are missing is loaded by building them, in this process and however long it takes; otherwise the
    /// provider is passed over.
    /// </summary>
    public bool BuildsEngines { get; init; }

    /// <summary>Logits of every prompt position instead of the last one, for measurements. One row, prefill only.</summary>
    public bool AllLogits { get; init; }

    /// <summary>
    /// How INT4 linears are computed (ONNX Runtime's accuracy level): 4 quantizes activations to 8 bits and is fastest, 1 keeps
    /// them in float32.
    /// </summary>
    public int AccuracyLevel { get; init; } = 4;

    /// <summary>Upper bound of the default context, tokens.</summary>
    public const int MaxDefaultContext = 4096;
}
