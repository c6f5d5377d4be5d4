using EdgeAgent.Inference.Decoders;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Inference.Engine;

/// <summary>Seconds of a device's runs: a step of n rows, a chunk of c tokens.</summary>
internal sealed record DeviceShape(string Name, Func<int, double> Step, Func<int, double> Chunk)
{
    /// <summary>Memory-bound, as a Jetson's GPU: a step of 8 rows takes little longer than one of 1.</summary>
    public static readonly DeviceShape Gpu = new("gpu", n => 0.010 + 0.0004 * n, c => 0.010 + 0.00005 * c);

    /// <summary>A 135 M student on two x86 cores (docs/measurements/engine.md): 5.1 ms at 1 row, 11.5 ms at 8.</summary>
    public static readonly DeviceShape Cpu = new("cpu", n => 0.0042 + 0.0009 * n, c => 0.0042 + 0.00054 * c);

    /// <summary>Compute-bound: twice the rows take nearly twice the time.</summary>
    public static readonly DeviceShape Steep = new("steep", n => 0.001 + 0.004 * n, c => 0.001 + 0.0025 * c);

    public override string ToString() => Name;
}

/// <summary>
/// A decoder without a model whose runs take virtual time. A prompt's first token says how many tokens its answer has; the engine cannot
/// know it.
/// </summary>
internal sealed class SimulatedDecoder(int rows, DeviceShape shape, FakeTimeProvider clock, int context = 4096) : IDecoder
{
    public const int Eos = 0, Token = 65, VocabularySize = 260;

    private readonly (int Answer, int Fed)[] _rows = new (int, int)[rows];
    private readonly float[] _logits = new float[rows * VocabularySize];

    public int Rows => rows;
    public int Context => context;
    public int Vocabulary => VocabularySize;
    public int MaxChunk => 128;
    public long CacheBytes => 0;

    /// <summary>Makes every run so many times slower.</summary>
    public double Slowness { get; set; } = 1;

    /// <summary>Tokens of each prefill and rows of each decode step, in order.</summary>
    public List<(bool IsPrefill, int Count)> Runs { get; } = [];

    public ReadOnlySpan<float> Prefill(int row, ReadOnlySpan<int> ids, int start)
    {
        Run(true, ids.Length, shape.Chunk(ids.Length));
        if (start == 0) _rows[row] = (ids[0], 0);
        return Next(row, 0);
    }

    public ReadOnlySpan<float> Decode(ReadOnlySpan<int> ids, ReadOnlySpan<int> positions)
    {
        Run(false, ids.Length, shape.Step(ids.Length));
        for (var row = 0; row < ids.Length; row++)
        {
            _rows[row].Fed++;
            Next(row, row);
        }
        return _logits.AsSpan(0, ids.Length * VocabularySize);
    }

    public void CopyRow(int from, int to, int length) => _rows[to] = _rows[from];

    private void Run(bool isPrefill, int count, double seconds)
    {
        Runs.Add((isPrefill, count));
        clock.Advance(TimeSpan.FromSeconds(seconds * Slowness));
    }

    private ReadOnlySpan<float> Next(int row, int at)
    {
        var logits = _logits.AsSpan(at * VocabularySize, VocabularySize);
        logits.Clear();
        logits[_rows[row].Fed < _rows[row].Answer ? Token : Eos] = 1;
        return logits;
    }

    public void Dispose()
    {
    }
}
