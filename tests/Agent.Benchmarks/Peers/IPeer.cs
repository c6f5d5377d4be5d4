namespace EdgeAgent.Benchmarks.Peers;

/// <summary>An engine that is measured: rows, each with its own keys and values; tokens are chosen greedily.</summary>
internal interface IPeer : IDisposable
{
    string Name { get; }

    /// <summary>Fills an empty row with a prompt; returns the next token.</summary>
    int Prefill(int row, ReadOnlySpan<int> ids);

    /// <summary>One step of rows 0..tokens.Length-1: each token at its position; replaced by the row's next token.</summary>
    void Decode(Span<int> tokens, ReadOnlySpan<int> positions);
}
