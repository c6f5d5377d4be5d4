using System.Net;
using System.Net.Http.Headers;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Slots;

namespace EdgeAgent.Updates.Sources;

/// <summary>A bundle's directory on a web server, fetched as ranges of its files, one at a time.</summary>
internal sealed class HttpChunkSource(Uri directory, BandwidthLimiter limiter, HttpClient client, TimeProvider clock) : IChunkSource
{
    /// <summary>Time without a byte after which a response is given up; the update tries again later.</summary>
    public static readonly TimeSpan StallTimeout = TimeSpan.FromSeconds(60);

    private const int MaxManifestBytes = 64 << 20;

    public async Task<byte[]> ManifestAsync(CancellationToken cancellationToken)
    {
        using var response =
            await client.GetAsync(Of(Bundle.SignatureFileName), HttpCompletionOption.ResponseHeadersRead,
                cancellationToken).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        if (response.Content.Headers.ContentLength is > MaxManifestBytes)
            throw new IOException($"the manifest has {response.Content.Headers.ContentLength} bytes, at most {MaxManifestBytes} are taken");
        var content = new MemoryStream();
        var buffer = new byte[64 << 10];
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
            while (await ReadAsync(stream, buffer, cancellationToken).ConfigureAwait(false) is > 0 and var count)
            {
                if (content.Length + count > MaxManifestBytes) throw new IOException($"a manifest of over {MaxManifestBytes} bytes");
                content.Write(buffer, 0, count);
            }
        return content.ToArray();
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
            await using (stream.ConfigureAwait(false))
                for (var read = 0; read < length;)
                {
                    var count = await ReadAsync(stream, content.AsMemory(read), cancellationToken).ConfigureAwait(false);
                    if (count == 0) throw new EndOfStreamException($"'{resource.Path}' ends {length - read} bytes early");
                    read += count;
                }
            yield return (chunk, content);
            if (!incoming.Has(chunk)) throw new IOException($"the server's bytes of '{resource.Path}' are not the signed ones");
        }
    }

    /// <summary>Reads what has arrived, at least a byte; zero at the end. The client's own timeout ends with the headers.</summary>
    private async ValueTask<int> ReadAsync(Stream stream, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using var stall = new CancellationTokenSource(StallTimeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stall.Token, cancellationToken);
        try
        {
            return await stream.ReadAsync(buffer, both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"the server sent nothing for {StallTimeout.TotalSeconds:0} s");
        }
    }

    private Uri Of(string path) =>
        new($"{directory.AbsoluteUri.TrimEnd('/')}/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
