using System.Runtime.CompilerServices;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Bundles.Slots;

namespace EdgeAgent.Updates.Sources;

/// <summary>A bundle's directory on this machine, such as on a USB stick.</summary>
internal sealed class DirectoryChunkSource(string directory) : IChunkSource
{
    /// <summary>Attempts in a row for a directory that is not there: a stick may be put in a moment later.</summary>
    private const int MaxAttempts = 4;

    public async Task<byte[]> ManifestAsync(CancellationToken cancellationToken)
    {
        var file = new FileInfo(Path.Combine(directory, Bundle.SignatureFileName));
        if (!file.Exists || (file.Attributes & FileAttributes.Device) != 0) throw NotThere();
        if (file.LinkTarget is null && file.Length <= BundleChunks.MaxManifestBytes)
            return await File.ReadAllBytesAsync(file.FullName, cancellationToken).ConfigureAwait(false);
        throw new SourceException(UpdateReasons.Incompatible, $"expected a regular file '{file.FullName}' of at most " +
            $"{BundleChunks.MaxManifestBytes} bytes; found {(file.LinkTarget is null ? $"{file.Length} bytes" : "a link")}");
    }

    private SourceException NotThere() => new(UpdateReasons.Incompatible,
        $"expected a signed bundle in '{directory}'; found no file '{Bundle.SignatureFileName}' there")
    { MaxAttempts = MaxAttempts };

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
            var content = BundleChunks.Read(directory, resource);
            if (content is null && !File.Exists(Path.Combine(directory, Bundle.SignatureFileName))) throw NotThere(); // pulled out
            yield return (chunk, content ?? throw new VerificationException($"'{resource.Path}' up to byte {resource.End}", "less"));
            if (!incoming.Has(chunk))
                throw new VerificationException($"the signed bytes {resource.Start}..{resource.End} of '{resource.Path}'", "others");
        }
        await Task.CompletedTask.ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
