using System.Numerics.Tensors;
using LLama;
using LLama.Common;
using LLama.Native;

namespace EdgeAgent.Benchmarks.Peers;

/// <summary>llama.cpp, through LLamaSharp.</summary>
internal sealed class LlamaPeer : IPeer
{
    private readonly LLamaWeights _weights;
    private readonly LLamaContext _context;
    private readonly LLamaBatch _batch = new();
    private readonly int _batchSize;

    public LlamaPeer(string gguf, int threads, int rows, int context, int batch)
    {
        _batchSize = batch;
        var parameters = new ModelParams(gguf)
        {
            ContextSize = (uint)(rows * context),
            SeqMax = (uint)rows,
            BatchSize = (uint)batch,
            UBatchSize = (uint)batch,
            Threads = threads,
            BatchThreads = threads,
            GpuLayerCount = 0,
            FlashAttention = true,
        };
        _weights = LLamaWeights.LoadFromFile(parameters);
        _context = new LLamaContext(_weights, parameters);
    }

    public string Name => "llama.cpp";

    /// <summary>Loads the native library and silences its log.</summary>
    public static void Start()
    {
        NativeApi.llama_empty_call();
        NativeLogConfig.llama_log_set((_, _) => { });
    }

    /// <summary>Writes a GGUF file in Q4_0.</summary>
    public static void Quantize(string from, string to, int threads)
    {
        if (!LLamaQuantizer.Quantize(from, to, LLamaFtype.MOSTLY_Q4_0, threads, allowRequantize: true))
            throw new InvalidOperationException($"llama.cpp could not quantize {from}");
    }

    public int Prefill(int row, ReadOnlySpan<int> ids)
    {
        var sequence = (LLamaSeqId)row;
        _context.NativeHandle.MemorySequenceRemove(sequence, 0, -1);
        for (var start = 0; start < ids.Length; start += _batchSize)
        {
            _batch.Clear();
            var end = Math.Min(ids.Length, start + _batchSize);
            for (var i = start; i < end; i++) _batch.Add(ids[i], i, sequence, i == ids.Length - 1);
            Run();
        }
        return TensorPrimitives.IndexOfMax<float>(_context.NativeHandle.GetLogitsIth(_batch.TokenCount - 1));
    }

    public void Decode(Span<int> tokens, ReadOnlySpan<int> positions)
    {
        _batch.Clear();
        for (var i = 0; i < tokens.Length; i++) _batch.Add(tokens[i], positions[i], (LLamaSeqId)i, true);
        Run();
        for (var i = 0; i < tokens.Length; i++) tokens[i] = TensorPrimitives.IndexOfMax<float>(_context.NativeHandle.GetLogitsIth(i));
    }

    private void Run()
    {
        var result = _context.NativeHandle.Decode(_batch);
        if (result != DecodeResult.Ok) throw new InvalidOperationException($"llama.cpp could not decode: {result}");
    }

    public void Dispose()
    {
        _context.Dispose();
        _weights.Dispose();
    }
}
