using EdgeAgent.Bundles.Slots;

namespace EdgeAgent.Updates.Sources;

/// <summary>Where a bundle's parts come from.</summary>
internal interface IChunkSource : IAsyncDisposable
{
    /// <summary>The content of model.sig.</summary>
    Task<byte[]> ManifestAsync(CancellationToken cancellationToken);

    /// <summary>Chunks in any order, requested or not; ends when nothing is missing, or when the source has nothing more to give.</summary>
    IAsyncEnumerable<(int Chunk, ReadOnlyMemory<byte> Content)> ChunksAsync(IncomingBundle incoming, CancellationToken cancellationToken);
}
