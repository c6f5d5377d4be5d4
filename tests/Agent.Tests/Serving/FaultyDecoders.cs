using EdgeAgent.Inference.Decoders;
using Polly;

namespace EdgeAgent.Tests.Serving;

/// <summary>A decoder around another: every run first takes a step that may fail.</summary>
internal abstract class WrappedDecoder(IDecoder inner) : IDecoder
{
    public int Rows => inner.Rows;
    public int Context => inner.Context;
    public int Vocabulary => inner.Vocabulary;
    public int MaxChunk => inner.MaxChunk;
    public long CacheBytes => inner.CacheBytes;

    public virtual ReadOnlySpan<float> Prefill(int row, ReadOnlySpan<int> ids, int start)
    {
        Step();
        return inner.Prefill(row, ids, start);
    }

    public virtual ReadOnlySpan<float> Decode(ReadOnlySpan<int> ids, ReadOnlySpan<int> positions)
    {
        Step();
        return inner.Decode(ids, positions);
    }

    protected abstract void Step();

    public void CopyRow(int from, int to, int length) => inner.CopyRow(from, to, length);

    public void Dispose()
    {
    }
}

/// <summary>Fails in every step, or hangs in the next one, when told.</summary>
internal sealed class FaultyDecoder(IDecoder inner, ManualResetEventSlim release) : WrappedDecoder(inner)
{
    private volatile bool _breaks, _hangs;

    public void Break() => _breaks = true;

    public void Hang() => _hangs = true;

    protected override void Step()
    {
        if (_breaks) throw new InvalidOperationException("the provider is lost");
        if (!_hangs) return;
        release.Wait();
        throw new InvalidOperationException("released");
    }
}

/// <summary>Runs a chaos pipeline before every run.</summary>
internal sealed class ChaosDecoder(IDecoder inner, ResiliencePipeline chaos) : WrappedDecoder(inner)
{
    protected override void Step() => chaos.Execute(() => { });
}

/// <summary>Fails while the condition holds.</summary>
internal sealed class BrokenDecoder(IDecoder inner, Func<bool> isBroken) : WrappedDecoder(inner)
{
    protected override void Step()
    {
        if (isBroken()) throw new InvalidOperationException("broken");
    }
}
