using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Slots;
using EdgeAgent.Mqtt;

namespace EdgeAgent.Updates.Sources;

/// <summary>What a device downloads over MQTT.</summary>
/// <param name="Device">The device that asks for chunks.</param>
/// <param name="Bundle">See <see cref="BundleId"/>.</param>
/// <param name="ChunksAtOnce">Chunks requested at the same time, 1..64.</param>
/// <param name="WantDelay">Time without a chunk after which missing ones are asked for.</param>
internal sealed record MqttDownload(string Device, string Bundle, int ChunksAtOnce, TimeSpan WantDelay);

/// <summary>
/// A bundle's chunks over MQTT: receives every chunk that is sent on the site, subscribes to retained chunks a few at a time, and
/// publishes a bitmap of the missing ones when none arrives. Does not ask for a chunk that another device has just asked for. Owns
/// its link.
/// </summary>
internal sealed class MqttChunkSource(ITopicLink link, Topics topics, MqttDownload download, BandwidthLimiter limiter, TimeProvider clock,
    Random random) : IChunkSource
{
    private const int MaxSilences = 4;

    /// <summary>More than the chunks in flight. A chunk that does not fit is dropped, and asked for again.</summary>
    private const int BufferedChunks = 16;

    private readonly Channel<(int Number, ReadOnlyMemory<byte> Content, Func<Task> Done)> _arrived =
        Channel.CreateBounded<(int, ReadOnlyMemory<byte>, Func<Task>)>(
            new BoundedChannelOptions(BufferedChunks) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly HashSet<string> _filters = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly Dictionary<int, long> _wantedByOthers = [];
    private readonly TaskCompletionSource<int> _info = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private string Id => download.Bundle;

    /// <summary>Random, so that the devices of a site do not ask at the same moment.</summary>
    private TimeSpan SilenceTimeout => download.WantDelay * (0.75 + 0.5 * random.NextDouble());

    public async Task<byte[]> ManifestAsync(CancellationToken cancellationToken)
    {
        var count = BundleChunks.ManifestChunks(await ManifestBytesAsync(cancellationToken).ConfigureAwait(false));
        var parts = new ReadOnlyMemory<byte>[count];
        var missing = Enumerable.Range(0, count).ToHashSet();
        await ListenAsync(topics.AnyChunk(Id), wantsRetained: false, OnChunk).ConfigureAwait(false);
        var (silences, last) = (0, clock.GetTimestamp());
        while (missing.Count > 0)
        {
            await AskAsync(missing.Take(download.ChunksAtOnce)).ConfigureAwait(false);
            var chunk = await NextAsync(cancellationToken).ConfigureAwait(false);
            if (chunk is { } arrived)
            {
                await arrived.Done().ConfigureAwait(false);
                if (missing.Remove(arrived.Number))
                {
                    parts[arrived.Number] = arrived.Content.ToArray();
                    await DropAsync(topics.Chunk(Id, arrived.Number)).ConfigureAwait(false);
                    last = clock.GetTimestamp();
                    continue;
                }
            }
            // chunks for other devices may arrive all the time: only the wanted ones count
            if (clock.GetElapsedTime(last) < download.WantDelay) continue;
            if (++silences > MaxSilences)
                throw new TimeoutException("nobody sends the bundle's manifest; expected it from 'edge-agent fleet publish'");
            await WantAsync(missing, count).ConfigureAwait(false);
            last = clock.GetTimestamp();
        }
        return [.. parts.SelectMany(p => p.ToArray())];
    }

    private async Task<int> ManifestBytesAsync(CancellationToken cancellationToken)
    {
        await ListenAsync(topics.BlobInfo(Id), wantsRetained: true, m =>
        {
            try
            {
                using var document = JsonDocument.Parse(m.Payload);
                if (document.RootElement.TryGetProperty("manifest_bytes", out var n) && n.TryGetInt32(out var bytes)
                    && bytes is > 0 and <= BundleChunks.MaxManifestBytes) _info.TrySetResult(bytes);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                // an invalid message: a later one may be valid
            }
            _ = m.Acknowledge();
        }).ConfigureAwait(false);
        try
        {
            return await _info.Task.WaitAsync(download.WantDelay * MaxSilences, clock, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException("the bundle is not on the broker; expected it from 'edge-agent fleet publish'", e);
        }
    }

    public async IAsyncEnumerable<(int Chunk, ReadOnlyMemory<byte> Content)> ChunksAsync(IncomingBundle incoming,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // chunk numbers: the manifest's parts first, then the shards
        var first = BundleChunks.ManifestChunks(new FileInfo(Path.Combine(incoming.FilesPath, Bundle.SignatureFileName)).Length);
        await ListenAsync(topics.AnyChunk(Id), wantsRetained: false, OnChunk).ConfigureAwait(false);
        await ListenAsync(topics.Want(Id), wantsRetained: false, OnWant).ConfigureAwait(false);
        var asked = new HashSet<int>();
        var silences = 0;
        while (!incoming.IsComplete)
        {
            foreach (var chunk in incoming.Missing.Where(c => !asked.Contains(c)).Take(download.ChunksAtOnce - asked.Count).ToList())
            {
                var resource = incoming.Manifest!.Resources[chunk];
                await limiter.TakeAsync(resource.End!.Value - resource.Start!.Value, cancellationToken).ConfigureAwait(false);
                asked.Add(chunk);
                await AskAsync([first + chunk]).ConfigureAwait(false);
            }
            if (await NextAsync(cancellationToken).ConfigureAwait(false) is not { } arrived)
            {
                if (++silences > MaxSilences) yield break; // the planner decides what to do next
                // first the retained chunks that the broker should have sent, later all that are missing
                var lacking = silences == 1 ? asked : incoming.Missing;
                await WantAsync(lacking.Select(c => first + c).Where(n => !AskedByOthers(n)),
                    first + incoming.Chunks).ConfigureAwait(false);
                foreach (var chunk in asked) await DropAsync(topics.Chunk(Id, first + chunk)).ConfigureAwait(false);
                asked.Clear();
                continue;
            }
            silences = 0;
            yield return (arrived.Number - first, arrived.Content);
            await arrived.Done().ConfigureAwait(false);
            await DropAsync(topics.Chunk(Id, arrived.Number)).ConfigureAwait(false);
            asked.Remove(arrived.Number - first); // a corrupt chunk is asked for again
        }
    }

    private void OnChunk(InboundMessage message)
    {
        if (Topics.TryParseChunk(message.Topic, out var number) && message.Payload.Length is > 0 and <= BundleChunks.MaxBytes)
        {
            if (_arrived.Writer.TryWrite((number, message.Payload, message.Acknowledge))) return; // acknowledged once it is processed
        }
        _ = message.Acknowledge();
    }

    private void OnWant(InboundMessage message)
    {
        try
        {
            using var document = JsonDocument.Parse(message.Payload);
            if (document.RootElement.GetProperty("device").GetString() != download.Device)
                foreach (var number in Bits(document.RootElement.GetProperty("missing").GetBytesFromBase64()))
                    lock (_lock) _wantedByOthers[number] = clock.GetTimestamp();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            // an invalid message says nothing about what others want
        }
        _ = message.Acknowledge();
    }

    private bool AskedByOthers(int number)
    {
        lock (_lock)
            return _wantedByOthers.TryGetValue(number, out var at) && clock.GetElapsedTime(at) < download.WantDelay;
    }

    private async Task<(int Number, ReadOnlyMemory<byte> Content, Func<Task> Done)?> NextAsync(CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(SilenceTimeout, clock);
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

    /// <summary>A subscription brings the retained chunk.</summary>
    private async Task AskAsync(IEnumerable<int> numbers)
    {
        foreach (var number in numbers) await ListenAsync(topics.Chunk(Id, number), wantsRetained: true, OnChunk).ConfigureAwait(false);
    }

    private async Task WantAsync(IEnumerable<int> missing, int count)
    {
        var bits = new byte[(count + 7) / 8];
        var any = false;
        foreach (var number in missing) (bits[number / 8], any) = ((byte)(bits[number / 8] | 1 << number % 8), true);
        if (!any) return;
        var body = new JsonObject { ["device"] = download.Device, ["missing"] = Convert.ToBase64String(bits) };
        await link.PublishAsync(new OutboundMessage(topics.Want(Id),
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
