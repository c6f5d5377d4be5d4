namespace EdgeAgent.Inference.Decoders;

/// <summary>
/// The model behind the engine: a fixed number of rows, each with its own key/value cache. One caller at a time.
/// Returned logits are valid until the next call.
/// </summary>
internal interface IDecoder : IDisposable
{
    int Rows { get; }

    /// <summary>Maximum tokens a row holds.</summary>
    int Context { get; }

    int Vocabulary { get; }

    /// <summary>Maximum tokens of one <see cref="Prefill"/>.</summary>
    int MaxChunk { get; }

    /// <summary>Bytes of the rows' state at present.</summary>
    long CacheBytes { get; }

    /// <summary>
    /// Runs prompt tokens at positions <paramref name="start"/>.. of one row. Returns the last position's logits, [vocabulary].
    /// </summary>
    ReadOnlySpan<float> Prefill(int row, ReadOnlySpan<int> ids, int start);

    /// <summary>
    /// Runs one token on each of rows 0..ids.Length-1 at the given positions. Returns logits, [ids.Length, vocabulary] row-major.
    /// </summary>
    ReadOnlySpan<float> Decode(ReadOnlySpan<int> ids, ReadOnlySpan<int> positions);

    /// <summary>Copies the first <paramref name="length"/> positions of one row's cache over another's.</summary>
    void CopyRow(int from, int to, int length);

    /// <summary>Bytes of one position of a row's cache, as <see cref="ReadPrefix"/> gives them; 0 where it can be neither read nor
    /// written.</summary>
    int PositionBytes => 0;

    /// <summary>
    /// Names what the bytes of a position depend on besides the weights: the graph and how it computes. Never written into another's rows.
    /// </summary>
    string PositionFormat => "";

    /// <summary>Copies positions start..start+count-1 of a row's cache out, <c>count * PositionBytes</c> bytes.</summary>
    /// <exception cref="NotSupportedException"><see cref="PositionBytes"/> is 0.</exception>
    void ReadPrefix(int row, int start, int count, Span<byte> to) => throw new NotSupportedException("the cache cannot be read");

    /// <summary>Copies positions into a row's cache, as <see cref="ReadPrefix"/> gave them.</summary>
    /// <exception cref="NotSupportedException"><see cref="PositionBytes"/> is 0.</exception>
    void WritePrefix(int row, int start, int count, ReadOnlySpan<byte> from) =>
        throw new NotSupportedException("the cache cannot be written");
}
