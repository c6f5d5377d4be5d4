using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Bundles.Slots;
using EdgeAgent.Mqtt;
using EdgeAgent.Updates.Sources;

namespace EdgeAgent.Fleet;

/// <summary>
/// A signed bundle directory as chunks for the site's broker. Reads one chunk at a time and checks it against the manifest first.
/// </summary>
internal sealed class BundlePublisher
{
    private readonly string _directory;
    private readonly byte[] _signature;
    private readonly SignedManifest _manifest;
    private readonly Topics _topics;
    private readonly TimeProvider _clock;
    private readonly Dictionary<int, long> _sentAt = [];

    /// <exception cref="VerificationException">Not signed in shards of at most 1 MiB.</exception>
    /// <param name="kind">What it is; null for a student.</param>
    public BundlePublisher(string directory, string site, TimeProvider clock, ArtefactKind? kind = null)
    {
        _clock = clock;
        Kind = kind ?? ArtefactKind.Student;
        var path = Path.Combine(directory, Bundle.SignatureFileName);
        if (!File.Exists(path))
            throw new VerificationException($"a signed bundle: '{path}'",
                "no such file; sign it with 'edge-agent model sign key', or publish it with --private-key");
        (_directory, _signature, _topics) = (directory, File.ReadAllBytes(path), Topics.OfEveryDevice(site));
        _manifest = SignedManifest.Parse(SignatureBundle.Parse(_signature).Payload);
        if (_manifest.ShardSize is not <= BundleChunks.MaxBytes)
            throw new VerificationException(
                $"a bundle signed in shards of at most {BundleChunks.MaxBytes} bytes, as 'edge-agent model sign key' does without " +
                "--serialization", _manifest.ShardSize is { } size ? $"shards of {size}" : "whole files");
        Facts = Kind.Read(directory);
        Id = BundleId.OfSignature(_signature);
    }

    public string Id { get; }
    public ArtefactKind Kind { get; }
    public ArtefactFacts Facts { get; }

    /// <summary>Chunks of the manifest, then one for each shard.</summary>
    public int Chunks => ManifestChunks + _manifest.Resources.Count;

    public long Bytes => _signature.Length + _manifest.Resources.Sum(r => r.End!.Value - r.Start!.Value);

    private int ManifestChunks => BundleChunks.ManifestChunks(_signature.Length);

    /// <summary>Payload of chunk <paramref name="number"/>.</summary>
    /// <exception cref="VerificationException">The file has changed since it was signed.</exception>
    public byte[] Read(int number)
    {
        if (number < ManifestChunks)
            return _signature[(number * BundleChunks.MaxBytes)..Math.Min(_signature.Length, (number + 1) * BundleChunks.MaxBytes)];
        var resource = _manifest.Resources[number - ManifestChunks];
        var content = BundleChunks.Read(_directory, resource);
        if (content is null || !SHA256.HashData(content).AsSpan().SequenceEqual(resource.Digest))
            throw new VerificationException($"the signed bytes {resource.Start}..{resource.End} of '{resource.Path}'", "others");
        return content;
    }

    /// <summary>Sends all chunks once. Retained ones stay on the broker for devices that come later.</summary>
    /// <param name="wanted">Takes the chunks that devices have asked for since the last call; null when nobody listens.</param>
    public async Task PublishAsync(FleetClient client, bool retain, BandwidthLimiter limiter, Func<IEnumerable<int>>? wanted,
        CancellationToken cancellationToken)
    {
        var info = new JsonObject
        {
            ["bundle"] = Id,
            ["manifest_bytes"] = _signature.Length,
            ["chunks"] = Chunks,
            ["bytes"] = Bytes,
            ["kind"] = Kind.Word,
            ["name"] = Facts.Name,
            ["version"] = Facts.Version,
            ["release"] = Facts.Release
        };
        await client.PublishAsync(_topics.BlobInfo(Id), Encoding.UTF8.GetBytes(info.ToJsonString()), retain: true,
            cancellationToken).ConfigureAwait(false);
        for (var n = 0; n < Chunks; n++)
        {
            await SendAsync(client, n, retain, limiter, cancellationToken).ConfigureAwait(false);
            if (wanted is null) continue;
            // a device can use no shard without the manifest: missing parts of it are sent again at once
            foreach (var part in wanted().Where(w => w < ManifestChunks).Distinct().ToList())
                await SendAsync(client, part, retain, limiter, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Sends one chunk.</summary>
    /// <returns>Its bytes.</returns>
    public async Task<int> SendAsync(FleetClient client, int number, bool retain, BandwidthLimiter limiter,
        CancellationToken cancellationToken)
    {
        var content = Read(number);
        await limiter.TakeAsync(content.Length, cancellationToken).ConfigureAwait(false);
        await client.PublishAsync(_topics.Chunk(Id, number), content, retain, cancellationToken).ConfigureAwait(false);
        _sentAt[number] = _clock.GetTimestamp();
        return content.Length;
    }

    /// <summary>
    /// Sends the chunks that devices lack. Requests of several devices for one chunk are answered once; a chunk that was sent less than
    /// <paramref name="resendAfter"/> ago is still on its way, or retained on the broker, and is not sent again.
    /// </summary>
    /// <returns>Bytes sent.</returns>
    public async Task<long> SendWantedAsync(FleetClient client, IEnumerable<int> wanted, bool retain, TimeSpan resendAfter,
        BandwidthLimiter limiter, CancellationToken cancellationToken)
    {
        var bytes = 0L;
        foreach (var number in wanted.Distinct().Order().ToList())
        {
            if (_sentAt.TryGetValue(number, out var at) && _clock.GetElapsedTime(at) < resendAfter) continue;
            bytes += await SendAsync(client, number, retain, limiter, cancellationToken).ConfigureAwait(false);
        }
        return bytes;
    }

    /// <summary>How long a chunk that was sent is not sent again.</summary>
    public static TimeSpan ResendAfter(bool retain) => TimeSpan.FromSeconds(retain ? 120 : 10);

    /// <summary>Removes the retained chunks from the broker.</summary>
    public async Task UnpublishAsync(FleetClient client, CancellationToken cancellationToken)
    {
        for (var n = 0; n < Chunks; n++)
            await client.PublishAsync(_topics.Chunk(Id, n), default, retain: true, cancellationToken).ConfigureAwait(false);
        await client.PublishAsync(_topics.BlobInfo(Id), default, retain: true, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The chunks that a device's request names; none if the payload is no request.</summary>
    public static IReadOnlyList<int> Wanted(ReadOnlyMemory<byte> payload, int chunks)
    {
        try
        {
            using var document = JsonDocument.Parse(payload);
            return [.. MqttChunkSource.Bits(document.RootElement.GetProperty("missing").GetBytesFromBase64()).Where(n => n < chunks)];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return [];
        }
    }
}
