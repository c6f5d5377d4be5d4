using EdgeAgent.Bundles;
using EdgeAgent.Import.Checkpoints;
using EdgeAgent.Import.Quantizers;

namespace EdgeAgent.Import;

/// <summary>
/// A student's linear in a checkpoint: [N, K], with query, key and value (or gate and up) stacked along N. Read in stripes of
/// rows, so that memory does not grow with the linear.
/// </summary>
internal sealed class LinearSource
{
    private const int StripeElements = 4 << 20, Tile = 32;

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

    /// <summary>Every linear of a checkpoint, in the order of <see cref="WeightNames.Linears"/>.</summary>
    public static IEnumerable<LinearSource> All(ICheckpoint checkpoint) =>
        WeightNames.Linears(checkpoint.Architecture).Select(l => new LinearSource(checkpoint, l.Name, l.K, l.N));

    /// <summary>Stripes of rows of about 16 MB in float32; every stripe but the last has an even number of rows.</summary>
    public static IEnumerable<(int First, int Count)> Stripes(int rows, int columns)
    {
        var size = Math.Max(2, StripeElements / columns & ~1);
        for (var first = 0; first < rows; first += size) yield return (first, Math.Min(size, rows - first));
    }

    /// <summary>Columns from.. of [rows, stride] as [count, rows].</summary>
    public static T[] Transpose<T>(T[] source, int rows, int stride, int from, int count)
    {
        var result = new T[rows * count];
        Parallel.For(0, (count + Tile - 1) / Tile, tile =>
        {
            var end = Math.Min(count, (tile + 1) * Tile);
            for (var r = 0; r < rows; r++)
                for (var c = tile * Tile; c < end; c++) result[c * rows + r] = source[r * stride + from + c];
        });
        return result;
    }

    public string Name { get; }

    /// <summary>Inputs.</summary>
    public int K { get; }

    /// <summary>Outputs.</summary>
    public int N { get; }

    /// <summary>The narrowest grid that holds every part: four bits where all have four, none where no part has any.</summary>
    public BlockGrid Grid
    {
        get
        {
            var grids = _parts.ConvertAll(p => _checkpoint.Grid(p.Name));
            if (grids.TrueForAll(g => g == BlockGrid.None)) return BlockGrid.None;
            return grids.TrueForAll(g => g == BlockGrid.FourBits) ? BlockGrid.FourBits : BlockGrid.EightBits;
        }
    }

    public IEnumerable<(int First, int Count)> Stripes() => Stripes(N, K);

    /// <summary>Rows first.. as float32, [count, K].</summary>
    public float[] Rows(int first, int count)
    {
        var rows = new float[count * K];
        Visit(first, count, (name, total, from, at, part) =>
            _checkpoint.ReadNumbers(name, total, K, from, rows.AsMemory(at * K, part * K)));
        return rows;
    }

    /// <summary>The whole linear as float32, transposed to [K, N].</summary>
    public float[] Exact()
    {
        var values = new float[(long)K * N];
        foreach (var (first, count) in Stripes())
        {
            var columns = Transpose(Rows(first, count), count, K, 0, K);
            for (var k = 0; k < K; k++) columns.AsSpan(k * count, count).CopyTo(values.AsSpan((int)((long)k * N + first), count));
        }
        return values;
    }

    /// <summary>
    /// Rows first.. on the source's own grid: levels [count, K], scales and offsets [count, K / 32]. A part without a grid is
    /// rounded to 8 bits.
    /// </summary>
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
                _checkpoint.RequireFinite(name, from, K / block, s.Span);
                _checkpoint.RequireFinite(name, from, K / block, o.Span);
                return;
            }
            var values = new float[part * K];
            _checkpoint.ReadNumbers(name, rows, K, from, values);
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
