using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Slots;
using EdgeAgent.Mqtt;

namespace EdgeAgent.Updates.Sources;

/// <summary>
/// A bundle's chunks over MQTT: listens to all that are sent on the site, asks the broker for retained ones a few at a time, and
/// says what it lacks with a bitmap when nothing comes. What another device has just asked for is not asked for again. Owns its link.
/// </summary>
internal sealed class MqttChunkSource(ITopicLink link, Topics topics, string device, string bundle, UpdateOptions options,
    BandwidthLimiter pace, TimeProvider clock, Random random) : IChunkSource
{
    private const int MaxManifestBytes = 64 << 20, Buffered = 16, Silences = 4;

    // more than are under way: nothing is dropped
    private readonly Channel<(int Number, ReadOnlyMemory<byte> Content,
        Func<Task> Done)> _arrived =
            Channel.CreateBounded<(int, ReadOnlyMemory<byte>, Func<Task>)>(
                new BoundedChannelOptions(Buffered) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly HashSet<string> _filters = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly Dictionary<int, long> _wantedByOthers = [];
    private readonly TaskCompletionSource<int> _info = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private TimeSpan Timeout => options.WantDelay * (0.75 + 0.5 * random.NextDouble());

    public async Task<byte[]> ManifestAsync(CancellationToken cancellationToken)
    {
        var count = BundleChunks.ManifestChunks(await ManifestBytesAsync(cancellationToken).ConfigureAwait(false));
        var parts = new ReadOnlyMemory<byte>[count];
        var missing = Enumerable.Range(0, count).ToHashSet();
        await ListenAsync(topics.AnyChunk(bundle), wantsRetained: false, OnChunk).ConfigureAwait(false);
        var (silences, last) = (0, clock.GetTimestamp());
        while (missing.Count > 0)
        {
            await AskAsync(missing.Take(options.ChunksAtOnce)).ConfigureAwait(false);
            var chunk = await NextAsync(cancellationToken).ConfigureAwait(false);
            if (chunk is { } arrived)
            {
                await arrived.Done().ConfigureAwait(false);
                if (missing.Remove(arrived.Number))
                {
                    parts[arrived.Number] = arrived.Content.ToArray();
                    await DropAsync(topics.Chunk(bundle, arrived.Number)).ConfigureAwait(false);
                    last = clock.GetTimestamp();
                    continue;
                }
            }
            // others' chunks may come all the time: what counts is whether these do
            if (clock.GetElapsedTime(last) < options.WantDelay) continue;
            if (++silences > Silences) throw new TimeoutException("nobody sends the bundle's manifest");
            await WantAsync(missing, count).ConfigureAwait(false);
            last = clock.GetTimestamp();
        }
        return [.. parts.SelectMany(p => p.ToArray())];
    }

    private async Task<int> ManifestBytesAsync(CancellationToken cancellationToken)
    {
        await ListenAsync(topics.BlobInfo(bundle), wantsRetained: true, m =>
        {
            try
            {
                using var document = JsonDocument.Parse(m.Payload);
                if (document.RootElement.TryGetProperty("manifest_bytes", out var n) && n.TryGetInt32(out var bytes)
                    && bytes is > 0 and <= MaxManifestBytes) _info.TrySetResult(bytes);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                // somebody's garbage: the next one may be right
            }
            _ = m.Acknowledge();
        }).ConfigureAwait(false);
        return await _info.Task.WaitAsync(options.WantDelay * Silences, clock,
            cancellationToken).ConfigureAwait(false);
    }

    public async IAsyncEnumerable<(int Chunk, ReadOnlyMemory<byte> Content)> ChunksAsync(IncomingBundle incoming,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // shards come behind the manifest's parts
        var first = BundleChunks.ManifestChunks(new FileInfo(Path.Combine(incoming.FilesPath, Bundle.SignatureFileName)).Length);
        await ListenAsync(topics.AnyChunk(bundle), wantsRetained: false, OnChunk).ConfigureAwait(false);
        await ListenAsync(topics.Want(bundle), wantsRetained: false, OnWant).ConfigureAwait(false);
        var asked = new HashSet<int>();
        var silences = 0;
        while (!incoming.IsComplete)
        {
            foreach (var chunk in incoming.Missing.Where(c => !asked.Contains(c)).Take(options.ChunksAtOnce - asked.Count).ToList())
            {
                var resource = incoming.Manifest!.Resources[chunk];
                await pace.TakeAsync(resource.End!.Value - resource.Start!.Value, cancellationToken).ConfigureAwait(false);
                asked.Add(chunk);
                await AskAsync([first + chunk]).ConfigureAwait(false);
            }
            if (await NextAsync(cancellationToken).ConfigureAwait(false) is not { } arrived)
            {
                if (++silences > Silences) yield break; // back to the planner: it may know why
                // first those the broker should have sent; if it stays quiet, all that is missing
                var lacking = silences == 1 ? asked : incoming.Missing;
                await WantAsync(lacking.Select(c => first + c).Where(n => !AskedByOthers(n)),
                    first + incoming.Chunks).ConfigureAwait(false);
                foreach (var chunk in asked) await DropAsync(topics.Chunk(bundle, first + chunk)).ConfigureAwait(false);
                asked.Clear();
                continue;
            }
            silences = 0;
            yield return (arrived.Number - first, arrived.Content);
            await arrived.Done().ConfigureAwait(false);
            await DropAsync(topics.Chunk(bundle, arrived.Number)).ConfigureAwait(false);
            asked.Remove(arrived.Number - first); // if it was corrupt it is asked for again
        }
    }

    private void OnChunk(InboundMessage message)
    {
        if (Topics.TryParseChunk(message.Topic, out var number) && message.Payload.Length is > 0 and <= BundleChunks.MaxBytes)
        {
            if (_arrived.Writer.TryWrite((number, message.Payload, message.Acknowledge))) return; // acknowledged when it is dealt with
        }
        _ = message.Acknowledge();
    }

    private void OnWant(InboundMessage message)
    {
        try
        {
            using var document = JsonDocument.Parse(message.Payload);
            if (document.RootElement.GetProperty("device").GetString() != device)
                foreach (var number in Bits(document.RootElement.GetProperty("missing").GetBytesFromBase64()))
                    lock (_lock) _wantedByOthers[number] = clock.GetTimestamp();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            // no bitmap
        }
        _ = message.Acknowledge();
    }

    private bool AskedByOthers(int number)
    {
        lock (_lock)
            return _wantedByOthers.TryGetValue(number, out var at) && clock.GetElapsedTime(at) < options.WantDelay;
    }

    private async Task<(int Number, ReadOnlyMemory<byte> Content, Func<Task> Done)?> NextAsync(CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(Timeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
        try
        {
            return await _arrived.Reader.ReadAsync(both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Retained chunks come with the subscription.</summary>
    private async Task AskAsync(IEnumerable<int> numbers)
    {
        foreach (var number in numbers) await ListenAsync(topics.Chunk(bundle, number), wantsRetained: true, OnChunk).ConfigureAwait(false);
    }

    private async Task WantAsync(IEnumerable<int> missing, int count)
    {
        var bits = new byte[(count + 7) / 8];
        var any = false;
        foreach (var number in missing) (bits[number / 8], any) = ((byte)(bits[number / 8] | 1 << number % 8), true);
        if (!any) return;
        var body = new JsonObject { ["device"] = device, ["missing"] = Convert.ToBase64String(bits) };
        await link.PublishAsync(new OutboundMessage(topics.Want(bundle),
            System.Text.Encoding.UTF8.GetBytes(body.ToJsonString()))
        { ContentType = "application/json" }).ConfigureAwait(false);
    }

    /// <summary>Numbers of the set bits, the lowest bit of the first byte being 0.</summary>
    public static IEnumerable<int> Bits(byte[] bitmap)
    {
        for (var i = 0; i < bitmap.Length * 8; i++)
            if ((bitmap[i / 8] >> i % 8 & 1) != 0) yield return i;
    }

    private async Task ListenAsync(string filter, bool wantsRetained, Action<InboundMessage> receive)
    {
        if (_filters.Add(filter)) await link.SubscribeAsync(filter, wantsRetained, receive).ConfigureAwait(false);
    }

    private async Task DropAsync(string filter)
    {
        if (_filters.Remove(filter)) await link.UnsubscribeAsync(filter).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var filter in _filters.ToList()) await DropAsync(filter).ConfigureAwait(false);
        if (link is IAsyncDisposable own) await own.DisposeAsync().ConfigureAwait(false);
    }
}
