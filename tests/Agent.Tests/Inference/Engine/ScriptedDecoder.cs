using System.Runtime.InteropServices;
using EdgeAgent.Inference.Decoders;

namespace EdgeAgent.Tests.Inference.Engine;

/// <summary>
/// A decoder without a model: the next token is the last one plus one (mod 256). Rejects calls a real cache could not serve:
/// positions must continue the row, and the row must hold the tokens it was fed.
/// </summary>
internal sealed class ScriptedDecoder(int rows, int context = 64, int chunk = 8) : IDecoder
{
    public const int VocabularySize = 260;
    private readonly List<int>[] _cache = [.. Enumerable.Range(0, rows).Select(_ => new List<int>())];
    private readonly float[] _logits = new float[rows * VocabularySize];

    /// <summary>Called before each run with (kind, number of tokens or rows).</summary>
    public Action<string, int>? OnRun { get; set; }

    public List<(string Kind, int Count)> Runs { get; } = [];
    public int Rows => rows;
    public int Context => context;
    public int Vocabulary => VocabularySize;
    public int MaxChunk => chunk;
    public long CacheBytes => 0;

    /// <summary>Accepts tokens that the decoder did not predict: a think budget chooses some itself.</summary>
    public bool TakesAnyToken { get; init; }

    /// <summary>The token after which every logit is this; null for none.</summary>
    public (int Token, float Logit)? Unsound { get; init; }

    public ReadOnlySpan<float> Prefill(int row, ReadOnlySpan<int> ids, int start)
    {
        Note("prefill", ids.Length);
        if (start == 0) _cache[row].Clear();
        if (_cache[row].Count != start)
            throw new InvalidOperationException($"row {row} holds {_cache[row].Count} tokens, prefill starts at {start}");
        foreach (var id in ids) _cache[row].Add(id);
        return Answer(0, ids[^1]);
    }

    public ReadOnlySpan<float> Decode(ReadOnlySpan<int> ids, ReadOnlySpan<int> positions)
    {
        Note("decode", ids.Length);
        for (var row = 0; row < ids.Length; row++)
        {
            if (_cache[row].Count != positions[row])
                throw new InvalidOperationException($"row {row} holds {_cache[row].Count} tokens, decode is at {positions[row]}");
            if (!TakesAnyToken && (_cache[row][^1] + 1) % 256 != ids[row])
                throw new InvalidOperationException($"row {row} continues {_cache[row][^1]} with {ids[row]}: another row's cache");
            _cache[row].Add(ids[row]);
            Answer(row, ids[row]);
        }
        return _logits.AsSpan(0, ids.Length * VocabularySize);
    }

    public void CopyRow(int from, int to, int length)
    {
        if (from == to) return;
        _cache[to].Clear();
        _cache[to].AddRange(_cache[from].Take(length));
    }

    public int PositionBytes { get; init; }
    public string PositionFormat => "scripted";

    /// <summary>A position is its token id: what is written back must continue the row.</summary>
    public void ReadPrefix(int row, int start, int count, Span<byte> to) =>
        MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_cache[row]).Slice(start, count)).CopyTo(to);

    public void WritePrefix(int row, int start, int count, ReadOnlySpan<byte> from)
    {
        Note("restore", count);
        if (start == 0) _cache[row].Clear();
        if (_cache[row].Count != start)
            throw new InvalidOperationException($"row {row} holds {_cache[row].Count} tokens, a prefix is written at {start}");
        _cache[row].AddRange(MemoryMarshal.Cast<byte, int>(from));
    }

    public bool IsDisposed { get; private set; }

    public void Dispose() => IsDisposed = true;

    private void Note(string kind, int count)
    {
        lock (Runs) Runs.Add((kind, count));
        OnRun?.Invoke(kind, count);
    }

    private ReadOnlySpan<float> Answer(int row, int last)
    {
        var logits = _logits.AsSpan(row * VocabularySize, VocabularySize);
        logits.Clear();
        logits[(last + 1) % 256] = 1;
        if (Unsound is var (token, logit) && token == last) logits.Fill(logit);
        return logits;
    }
}
