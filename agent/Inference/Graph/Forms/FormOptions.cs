namespace EdgeAgent.Inference.Graph.Forms;

/// <summary>The forms of one decoder, by who takes them.</summary>
internal enum GraphForm
{
    /// <summary>The CPU provider: <see cref="CpuDecoderGraph"/>.</summary>
    Cpu,

    /// <summary>The CUDA provider: MatMulNBits and GroupQueryAttention.</summary>
    Cuda,

    /// <summary>TensorRT from 10.15: standard operators of opset 24.</summary>
    TensorRt,

    /// <summary>TensorRT 10.3: primitive operators of opset 21.</summary>
    TensorRt103,
}

/// <summary>Type of activations, cache and scales.</summary>
internal enum FloatPrecision { Fp32, Fp16 }

/// <summary>How linears stand in the graph: INT4 blocks where the bundle has them, or dequantized in the graph's precision.</summary>
internal enum LinearStorage { Int4, Fp16 }

/// <summary>
/// How the tensorrt form computes attention: as one operator, for which TensorRT must have a fused kernel (the parser leaves it no
/// other choice), or as MatMul, Softmax and MatMul, which it always can.
/// </summary>
internal enum AttentionStyle { Fused, MatMul }

/// <summary>What is exported: a form and its sizes.</summary>
internal sealed record FormOptions
{
    public const int MaxRows = 64, MaxChunk = 4096, MinContext = 8;

    private const int RowAlignment = 16;

    public required GraphForm Form { get; init; }

    /// <summary>Rows decoded together, 1..64. The cpu and cuda forms take any number.</summary>
    public int Rows { get; init; } = 8;

    /// <summary>Tokens a row holds, 8..the student's own context.</summary>
    public required int Context { get; init; }

    /// <summary>Prompt tokens of one run, 1..4096. The cpu and cuda forms take any number.</summary>
    public int Chunk { get; init; } = 128;

    /// <summary>The cpu form is always <see cref="FloatPrecision.Fp32"/>.</summary>
    public FloatPrecision Precision { get; init; } = FloatPrecision.Fp16;

    public LinearStorage Linears { get; init; } = LinearStorage.Int4;

    /// <summary>Of the tensorrt form; the others have no choice.</summary>
    public AttentionStyle Attention { get; init; }

    /// <summary>Whether rows and lengths are fixed in the graph, so that decode and prefill are graphs of their own.</summary>
    public bool IsStatic => Form is GraphForm.TensorRt or GraphForm.TensorRt103;

    /// <summary>
    /// Positions of a row in the cache. A fixed chunk that is partly padding writes its padding too: a static form has room for
    /// one chunk beyond the context, and its last position takes what rows without a token write. It is rounded up: TensorRT wants
    /// addresses that are multiples of 256 bytes (API, IExecutionContext::setTensorAddress), that of every row too, and no head has fewer
    /// than 8 elements of 2 bytes.
    /// </summary>
    public int CacheLength => IsStatic ? (Context + Chunk + RowAlignment - 1) / RowAlignment * RowAlignment : Context;

    /// <summary>The graphs: decode, then prefill. One without fixed sizes where the form takes any.</summary>
    public IReadOnlyList<GraphShape> Shapes => IsStatic
        ? [new GraphShape(Rows, 1, CacheLength), new GraphShape(1, Chunk, CacheLength)]
        : [new GraphShape(0, 0, CacheLength)];
}

/// <summary>Sizes of one graph. 0 rows or tokens: any number.</summary>
/// <param name="Rows">Rows of one run.</param>
/// <param name="Tokens">Tokens of each row in one run: 1 for decode.</param>
/// <param name="CacheLength">Positions of a row in the cache.</param>
internal sealed record GraphShape(int Rows, int Tokens, int CacheLength);
