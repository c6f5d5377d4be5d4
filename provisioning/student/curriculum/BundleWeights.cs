using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Safetensors;
using EdgeAgent.Platform;

namespace EdgeAgent.Lab;

/// <summary>
/// The weights of a bundle in float32 under the names of a Hugging Face Llama checkpoint, so that training can go on from a student
/// that was served. What rounding to 4 bits lost stays lost.
/// The head is the embedding: a head of its own is not read.
/// </summary>
internal static class BundleWeights
{
    /// <param name="directory">A bundle of a Llama student without biases and head norms.</param>
    /// <returns>Row-major values by name; linears as [outputs, inputs].</returns>
    /// <exception cref="ModelFileException">The bundle cannot be read, or has another shape.</exception>
    public static Dictionary<string, float[]> Read(string directory)
    {
        using var bundle = Bundle.Open(directory);
        var a = bundle.Manifest.Architecture;
        using var file = SafetensorsFile.Open(Path.Combine(directory, WeightNames.FileName));
        if (a.QkvBias || a.HeadNorms)
            throw new ModelFileException(directory, "a student without biases and head norms", a.Type);
        var result = new Dictionary<string, float[]>(StringComparer.Ordinal)
        {
            ["model.embed_tokens.weight"] = file.Floats(WeightNames.Embedding, a.Vocabulary, a.Hidden),
            ["model.norm.weight"] = file.Floats(WeightNames.FinalNorm, a.Hidden),
        };
        int queries = a.Heads * a.HeadSize, keys = a.KvHeads * a.HeadSize;
        for (var i = 0; i < a.Layers; i++)
        {
            var layer = $"model.layers.{i}.";
            result[layer + "input_layernorm.weight"] = file.Floats(WeightNames.AttentionNorm(i), a.Hidden);
            result[layer + "post_attention_layernorm.weight"] = file.Floats(WeightNames.FeedForwardNorm(i), a.Hidden);
            Split(WeightNames.Qkv(i), a.Hidden, ("self_attn.q_proj", queries), ("self_attn.k_proj", keys), ("self_attn.v_proj", keys));
            Split(WeightNames.AttentionOut(i), queries, ("self_attn.o_proj", a.Hidden));
            Split(WeightNames.GateUp(i), a.Hidden, ("mlp.gate_proj", a.FeedForward), ("mlp.up_proj", a.FeedForward));
            Split(WeightNames.Down(i), a.FeedForward, ("mlp.down_proj", a.Hidden));

            void Split(string linear, int inputs, params ReadOnlySpan<(string Name, int Outputs)> parts)
            {
                var n = 0;
                foreach (var (_, outputs) in parts) n += outputs;
                var values = Linear(file, linear, inputs, n);
                var first = 0;
                foreach (var (name, outputs) in parts)
                {
                    result[$"{layer}{name}.weight"] = Columns(values, inputs, n, first, outputs);
                    first += outputs;
                }
            }
        }
        return result;
    }

    private static float[] Linear(SafetensorsFile file, string name, int k, int n)
    {
        if (file.Entries.ContainsKey(WeightNames.Float(name))) return file.Floats(WeightNames.Float(name), k, n);
        var bits = file.Entries.ContainsKey(WeightNames.Int4(name)) ? 4 : 8;
        var packed = file.Bytes(file.Entry(bits == 4 ? WeightNames.Int4(name) : WeightNames.Int8(name))).ToArray();
        var scales = file.Entry(WeightNames.Scale(name));
        var blocks = (int)scales.Shape[0];
        var offsets = file.Entries.ContainsKey(WeightNames.Offset(name)) ? file.Floats(WeightNames.Offset(name), blocks, n) : null;
        return new QuantizedMatrix(k, n, bits, k / blocks, packed, file.Floats(WeightNames.Scale(name), blocks, n), offsets).Dequantize();
    }

    /// <summary>Columns first.. of a [k, n] matrix, transposed: [count, k].</summary>
    internal static float[] Columns(float[] values, int k, int n, int first, int count)
    {
        var result = new float[count * k];
        for (var c = 0; c < count; c++)
            for (var r = 0; r < k; r++) result[c * k + r] = values[r * n + first + c];
        return result;
    }
}
