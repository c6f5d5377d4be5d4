using System.Runtime.CompilerServices;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Bundles.Slots;

namespace EdgeAgent.Updates.Sources;

/// <summary>A bundle's directory on this machine, such as on a USB stick.</summary>
internal sealed class DirectoryChunkSource(string directory) : IChunkSource
{
    public Task<byte[]> ManifestAsync(CancellationToken cancellationToken) =>
        File.ReadAllBytesAsync(Path.Combine(directory, Bundle.SignatureFileName), cancellationToken);

    public async IAsyncEnumerable<(int Chunk, ReadOnlyMemory<byte> Content)> ChunksAsync(IncomingBundle incoming,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var chunk in incoming.Missing.ToList())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var resource = incoming.Manifest!.Resources[chunk];
            // a link could lead out of the directory
            if (new FileInfo(Path.Combine(directory, resource.Path)).LinkTarget is not null)
                throw new VerificationException("regular files", $"the link '{resource.Path}'");
            if (incoming.Has(chunk)) continue;
            yield return (chunk,
                BundleChunks.Read(directory, resource)
                ?? throw new VerificationException($"'{resource.Path}' up to byte {resource.End}", "less"));
            if (!incoming.Has(chunk))
                throw new VerificationException($"the signed bytes {resource.Start}..{resource.End} of '{resource.Path}'", "others");
        }
        await Task.CompletedTask.ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
