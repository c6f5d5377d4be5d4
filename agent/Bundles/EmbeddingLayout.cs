using EdgeAgent.Bundles.Safetensors;

namespace EdgeAgent.Bundles;

/// <summary>How a bundle stores its embedding [V, D].</summary>
/// <param name="Bits">Bits of a value: 8 or 4 in a table of quantized rows; 0 where the values are floats.</param>
/// <param name="Block">Values of a row that share a scale; 0 for floats, and where no block divides D.</param>
/// <param name="IsHead">Whether the table is the head as well: tied weights, stored once.</param>
internal readonly record struct EmbeddingLayout(int Bits, int Block, bool IsHead)
{
    /// <summary>Whether the embedding is a table of quantized rows.</summary>
    public bool IsTable => Bits > 0;

    /// <summary>Reads the layout off the names of the tensors; shapes are not checked.</summary>
    public static EmbeddingLayout Of(SafetensorsFile weights, Architecture a, int maxBlock)
    {
        var names = weights.Entries;
        var bits = names.ContainsKey(WeightNames.EmbeddingRows(8)) ? 8 : names.ContainsKey(WeightNames.EmbeddingRows(4)) ? 4 : 0;
        if (bits == 0) return default;
        // part of a head is a head that is damaged, and not a tied one
        var isHead = !names.Keys.Any(n => n.StartsWith(WeightNames.Head + ".", StringComparison.Ordinal));
        return new EmbeddingLayout(bits, QuantizedMatrix.BlockFor(a.Hidden, maxBlock), isHead);
    }
}
