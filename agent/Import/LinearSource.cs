using EdgeAgent.Bundles;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Import.Quantizers;

namespace EdgeAgent.Import;

/// <summary>
/// A student's linear in a checkpoint: [N, K], with query, key and value (or gate and up) stacked along N. Read in stripes of
/// rows, so that memory does not depend on the linear's size.
/// </summary>
internal sealed class LinearSource
{
    private readonly ICheckpoint _checkpoint;
    private readonly List<(string Name, int Rows)> _parts;

    public LinearSource(ICheckpoint checkpoint, string name, int k, int n)
    {
        (_checkpoint, Name, K, N) = (checkpoint, name, k, n);
        var a = checkpoint.Architecture;
        var layer = "model." + name[..Math.Max(0, name.LastIndexOf('.'))];
        int q = a.Heads * a.HeadSize, kv = a.KvHeads * a.HeadSize;
        _parts = name == WeightNames.Head
            ? [(checkpoint.TiedHead ? CheckpointTensors.Embedding : "lm_head.weight", a.Vocabulary)]
            : name[(name.LastIndexOf('.') + 1)..] switch
            {
                "qkv" =>
                    [($"{layer}.self_attn.q_proj.weight", q), ($"{layer}.self_attn.k_proj.weight", kv),
                    ($"{layer}.self_attn.v_proj.weight", kv)],
                "attention_out" => [($"{layer}.self_attn.o_proj.weight", a.Hidden)],
                "gate_up" => [($"{layer}.mlp.gate_proj.weight", a.FeedForward), ($"{layer}.mlp.up_proj.weight", a.FeedForward)],
                "down" => [($"{layer}.mlp.down_proj.weight", a.Hidden)],
                _ => throw new ArgumentException($"no source for '{name}'", nameof(name)),
            };
    }

    public string Name { get; }
    public int K { get; }
    public int N { get; }

    /// <summary>The narrowest grid that holds every part: four bits where all have four, none where no part has any.</summary>
    public BlockGrid Grid
    {
        get
        {
            var grids = _parts.Select(p => _checkpoint.Grid(p.Name)).ToList();
            return grids.TrueForAll(g => g == BlockGrid.None)
                ? BlockGrid.None : grids.TrueForAll(g => g == BlockGrid.FourBits) ? BlockGrid.FourBits : BlockGrid.EightBits;
        }
    }

    /// <summary>Rows first.. as float32: [destination / K, K].</summary>
    public void Read(int first, Memory<float> destination) =>
        Visit(first, destination.Length / K,
            (name, rows, from, at, count) => _checkpoint.ReadRows(name, rows, K, from, destination.Slice(at * K, count * K)));

    /// <summary>Rows first.. on the source's own grid; a part without one is rounded to 8 bits.</summary>
    public void ReadGrid(int first, int count, Memory<sbyte> levels, Memory<float> scales, Memory<float> offsets)
    {
        const int block = QuantizedMatrix.MinBlock;
        Visit(first, count, (name, rows, from, at, part) =>
        {
            var (l, s, o) = (levels.Slice(at * K, part * K), scales.Slice(at * (K / block), part * (K / block)),
                offsets.Slice(at * (K / block), part * (K / block)));
            if (_checkpoint.Grid(name) != BlockGrid.None)
            {
                _checkpoint.ReadGrid(name, rows, K, from, l, s, o);
                return;
            }
            var values = new float[part * K];
            _checkpoint.ReadRows(name, rows, K, from, values);
            o.Span.Clear();
            Parallel.For(0, part * (K / block),
                b => s.Span[b] = RoundToNearest.Block(values.AsSpan(b * block, block), l.Span.Slice(b * block, block), bits: 8));
        });
    }

    /// <summary>Calls with (tensor, its rows, first row in it, first row in the stripe, rows) for every part the stripe touches.</summary>
    private void Visit(int first, int count, Action<string, long, long, int, int> read)
    {
        var start = 0;
        foreach (var (name, rows) in _parts)
        {
            int from = Math.Max(first, start), to = Math.Min(first + count, start + rows);
            if (from < to) read(name, rows, from - start, from - first, to - from);
            start += rows;
        }
    }
}
