using System.Runtime.CompilerServices;
using EdgeAgent.Bundles.Slots;
using EdgeAgent.Updates.Sources;

namespace EdgeAgent.Tests.Updates;

/// <summary>A bundle's directory that counts the chunks it gives.</summary>
internal sealed class CountingSource(string directory) : IChunkSource
{
    private readonly DirectoryChunkSource _source = new(directory);

    public int Given { get; private set; }
    public int Chunks { get; private set; }

    public Task<byte[]> ManifestAsync(CancellationToken cancellationToken) => _source.ManifestAsync(cancellationToken);

    public async IAsyncEnumerable<(int Chunk, ReadOnlyMemory<byte> Content)> ChunksAsync(IncomingBundle incoming,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Chunks = incoming.Manifest!.Resources.Select(r => Convert.ToHexString(r.Digest)).Distinct().Count();
        await foreach (var chunk in _source.ChunksAsync(incoming, cancellationToken))
        {
            Given++;
            yield return chunk;
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
