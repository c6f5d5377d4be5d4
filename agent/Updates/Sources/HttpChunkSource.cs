using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Bundles.Slots;

namespace EdgeAgent.Updates.Sources;

/// <summary>
/// A bundle's directory on a web server, fetched as ranges of its files, one at a time. A server that serves no ranges sends the whole
/// file: its chunks are cut from the stream as it arrives, and those that are present already are skipped. Either way at most one
/// chunk is in memory.
/// </summary>
internal sealed class HttpChunkSource(Uri directory, BandwidthLimiter limiter, HttpClient client, TimeProvider clock) : IChunkSource
{
    /// <summary>Time without a byte after which a response is given up; the update tries again later.</summary>
    public static readonly TimeSpan StallTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Chunks whose bytes were not the signed ones: fetched once more, since a transfer can go wrong too.</summary>
    private readonly HashSet<int> _wrong = [];

    public async Task<byte[]> ManifestAsync(CancellationToken cancellationToken)
    {
        var address = Of(Bundle.SignatureFileName);
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        using var response = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.Content.Headers.ContentLength is > BundleChunks.MaxManifestBytes) throw TooLarge();
        using var content = new MemoryStream();
        var buffer = new byte[64 << 10];
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
            while (await ReadAsync(stream, buffer, cancellationToken).ConfigureAwait(false) is > 0 and var count)
            {
                if (content.Length + count > BundleChunks.MaxManifestBytes) throw TooLarge();
                content.Write(buffer, 0, count);
            }
        return content.ToArray();
    }

    private static SourceException TooLarge() =>
        new(UpdateReasons.Incompatible,
            $"expected a {Bundle.SignatureFileName} of at most {BundleChunks.MaxManifestBytes} bytes; the server sends more");

    public async IAsyncEnumerable<(int Chunk, ReadOnlyMemory<byte> Content)> ChunksAsync(IncomingBundle incoming,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (incoming.Missing.Cast<int?>().FirstOrDefault() is { } chunk)
        {
            var resource = incoming.Manifest!.Resources[chunk];
            await limiter.TakeAsync(Length(resource), cancellationToken).ConfigureAwait(false);
            using var request = new HttpRequestMessage(HttpMethod.Get, Of(resource.Path))
            {
                Headers = { Range = new RangeHeaderValue(resource.Start, resource.End - 1) }
            };
            using var response = await SendAsync(request, cancellationToken).ConfigureAwait(false);
            var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
                if (response.StatusCode == HttpStatusCode.PartialContent)
                {
                    yield return (chunk, await ReadAsync(response, stream, resource, cancellationToken).ConfigureAwait(false));
                    CheckTaken(incoming, chunk);
                }
                else
                    await foreach (var piece in WholeFileAsync(incoming, response, stream, chunk, cancellationToken).ConfigureAwait(false))
                        yield return piece;
        }
    }

    /// <summary>The missing chunks of a file that the server sends from its first byte. Ends behind the first wrong one.</summary>
    /// <param name="first">The chunk that was asked for; its bytes have passed the limiter.</param>
    private async IAsyncEnumerable<(int Chunk, ReadOnlyMemory<byte> Content)> WholeFileAsync(IncomingBundle incoming,
        HttpResponseMessage response, Stream stream, int first, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var resources = incoming.Manifest!.Resources;
        var path = resources[first].Path;
        var limited = Length(resources[first]);
        var chunks = Enumerable.Range(0, resources.Count).Where(n => resources[n].Path == path).OrderBy(n => resources[n].Start).ToList();
        foreach (var (place, chunk) in chunks.Index())
        {
            if (chunks.Skip(place).All(incoming.Has)) yield break;
            var length = Length(resources[chunk]);
            if (length > limited) await limiter.TakeAsync(length - limited, cancellationToken).ConfigureAwait(false);
            limited = Math.Max(0, limited - length);
            var content = await ReadAsync(response, stream, resources[chunk], cancellationToken).ConfigureAwait(false);
            if (incoming.Has(chunk)) continue;
            yield return (chunk, content);
            if (!CheckTaken(incoming, chunk)) yield break;
        }
    }

    /// <summary>Whether the chunk was taken.</summary>
    /// <exception cref="SourceException">It was not, for the second time.</exception>
    private bool CheckTaken(IncomingBundle incoming, int chunk)
    {
        if (incoming.Has(chunk)) return true;
        var resource = incoming.Manifest!.Resources[chunk];
        return _wrong.Add(chunk) ? false : throw new SourceException(UpdateReasons.DigestMismatch,
            $"the server's bytes {resource.Start}..{resource.End} of '{resource.Path}' are not the signed ones, twice; expected the file " +
            "as it was signed");
    }

    private static int Length(SignedResource resource) => (int)(resource.End!.Value - resource.Start!.Value);

    /// <summary>The next chunk of a response.</summary>
    private async Task<byte[]> ReadAsync(HttpResponseMessage response, Stream stream, SignedResource resource,
        CancellationToken cancellationToken)
    {
        var content = new byte[Length(resource)];
        for (var read = 0; read < content.Length;)
        {
            var count = await ReadAsync(stream, content.AsMemory(read), cancellationToken).ConfigureAwait(false);
            // a response that says its length ended as the server meant it: the file is another one
            if (count == 0 && response.Content.Headers.ContentLength is not null)
                throw new SourceException(UpdateReasons.DigestMismatch,
                    $"the server's '{resource.Path}' is shorter than the signed one; expected {resource.End} bytes or more");
            if (count == 0) throw new EndOfStreamException($"'{resource.Path}' ends {content.Length - read} bytes early");
            read += count;
        }
        return content;
    }

    /// <summary>A response that is a success, as soon as its headers are here.</summary>
    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            var response =
                await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent) return response;
            response.Dispose();
            throw HttpCauses.Of(response.StatusCode, request.RequestUri!);
        }
        catch (HttpRequestException e) when (e.StatusCode is null)
        {
            throw HttpCauses.Of(e, request.RequestUri!);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{request.RequestUri!.Host} did not answer within {client.Timeout.TotalSeconds:0} s", e);
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

    /// <summary>A query of the directory's URL, such as a token, goes with every file.</summary>
    private Uri Of(string path) => new UriBuilder(directory)
    {
        Path = $"{directory.AbsolutePath.TrimEnd('/')}/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}"
    }.Uri;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
