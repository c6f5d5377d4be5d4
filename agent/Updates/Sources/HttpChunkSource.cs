using System.Net;
using System.Net.Http.Headers;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Slots;

namespace EdgeAgent.Updates.Sources;

/// <summary>A bundle's directory on a web server, fetched as ranges of its files, one at a time.</summary>
internal sealed class HttpChunkSource(Uri directory, BandwidthLimiter limiter, HttpClient client) : IChunkSource
{
    private const long MaxManifestBytes = 64L << 20;

    public async Task<byte[]> ManifestAsync(CancellationToken cancellationToken)
    {
        using var response =
            await client.GetAsync(Of(Bundle.SignatureFileName), HttpCompletionOption.ResponseHeadersRead,
                cancellationToken).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        if (response.Content.Headers.ContentLength is > MaxManifestBytes)
            throw new IOException($"the manifest has {response.Content.Headers.ContentLength} bytes, at most {MaxManifestBytes} are taken");
        return await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
    }

    public async IAsyncEnumerable<(int Chunk, ReadOnlyMemory<byte> Content)> ChunksAsync(IncomingBundle incoming,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (incoming.Missing.Cast<int?>().FirstOrDefault() is { } chunk)
        {
            var resource = incoming.Manifest!.Resources[chunk];
            var length = resource.End!.Value - resource.Start!.Value;
            await limiter.TakeAsync(length, cancellationToken).ConfigureAwait(false);
            using var request = new HttpRequestMessage(HttpMethod.Get,
                Of(resource.Path))
            { Headers = { Range = new RangeHeaderValue(resource.Start, resource.End - 1) } };
            using var response =
                await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            response.EnsureSuccessStatusCode();
            if (response.StatusCode != HttpStatusCode.PartialContent
                && (resource.Start > 0 || response.Content.Headers.ContentLength > length))
                throw new IOException("the server does not serve ranges");
            var content = new byte[length];
            var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false)) await stream.ReadExactlyAsync(content, cancellationToken).ConfigureAwait(false);
            yield return (chunk, content);
            if (!incoming.Has(chunk)) throw new IOException($"the server's bytes of '{resource.Path}' are not the signed ones");
        }
    }

    private Uri Of(string path) =>
        new($"{directory.AbsoluteUri.TrimEnd('/')}/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
