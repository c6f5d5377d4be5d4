using System.Numerics.Tensors;
using EdgeAgent.Bundles;
using EdgeAgent.Inference.Decoders;

namespace EdgeAgent.Benchmarks.Peers;

/// <summary>This agent's decoder.</summary>
internal sealed class OnnxPeer(string directory, DecoderOptions options) : IPeer
{
    private readonly Bundle _bundle = Bundle.Open(directory);
    private OnnxDecoder? _decoder;

    private OnnxDecoder Decoder => _decoder ??= new OnnxDecoder(_bundle, options);

    public string Name => "edge-agent";

    public int Prefill(int row, ReadOnlySpan<int> ids)
    {
        ReadOnlySpan<float> logits = [];
        for (var start = 0; start < ids.Length; start += Decoder.MaxChunk)
            logits = Decoder.Prefill(row, ids.Slice(start, Math.Min(Decoder.MaxChunk, ids.Length - start)), start);
        return TensorPrimitives.IndexOfMax(logits);
    }

    public void Decode(Span<int> tokens, ReadOnlySpan<int> positions)
    {
        var logits = Decoder.Decode(tokens, positions);
        for (var i = 0; i < tokens.Length; i++)
            tokens[i] = TensorPrimitives.IndexOfMax(logits.Slice(i * Decoder.Vocabulary, Decoder.Vocabulary));
    }

    public void Dispose()
    {
        _decoder?.Dispose();
        _bundle.Dispose();
    }
}
