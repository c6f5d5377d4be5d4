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
    public BundlePublisher(string directory, string site, TimeProvider clock)
    {
        _clock = clock;
        var path = Path.Combine(directory, Bundle.SignatureFileName);
        if (!File.Exists(path))
            throw new VerificationException($"a signed bundle: '{path}'",
                "no such file; sign it with 'edge-agent model sign key --serialization shards --shard-size 1048576'");
        (_directory, _signature, _topics) = (directory, File.ReadAllBytes(path), new Topics(site, "fleet"));
        _manifest = SignedManifest.Parse(SignatureBundle.Parse(_signature).Payload);
        if (_manifest.ShardSize is not <= BundleChunks.MaxBytes)
            throw new VerificationException(
                $"a bundle signed in shards of at most {BundleChunks.MaxBytes} bytes ('--serialization shards --shard-size " +
                $"{BundleChunks.MaxBytes}')", _manifest.ShardSize is { } size ? $"shards of {size}" : "whole files");
        Student = StudentManifest.Load(directory);
        Id = BundleId.OfSignature(_signature);
    }

    public string Id { get; }
    public StudentManifest Student { get; }
    public int Chunks => BundleChunks.ManifestChunks(_signature.Length) + _manifest.Resources.Count;
    public long Bytes => _signature.Length + _manifest.Resources.Sum(r => r.End!.Value - r.Start!.Value);

    /// <summary>Payload of chunk <paramref name="number"/>.</summary>
    public byte[] Read(int number)
    {
        var first = BundleChunks.ManifestChunks(_signature.Length);
        if (number < first)
            return _signature[(number * BundleChunks.MaxBytes)..Math.Min(_signature.Length, (number + 1) * BundleChunks.MaxBytes)];
        var resource = _manifest.Resources[number - first];
        var content = BundleChunks.Read(_directory, resource);
        if (content is null || !System.Security.Cryptography.SHA256.HashData(content).AsSpan().SequenceEqual(resource.Digest))
            throw new VerificationException($"the signed bytes {resource.Start}..{resource.End} of '{resource.Path}'", "others");
        return content;
    }

    /// <param name="wanted">What devices have asked for since it was called last; null where nobody listens.</param>
    /// <summary>Sends all chunks once. Retained ones stay on the broker for devices that come later.</summary>
    public async Task PublishAsync(FleetClient client, bool retain, BandwidthLimiter pace, Func<IEnumerable<int>>? wanted,
        CancellationToken cancellationToken)
    {
        var info = new JsonObject
        {
            ["bundle"] = Id,
            ["manifest_bytes"] = _signature.Length,
            ["chunks"] = Chunks,
            ["bytes"] = Bytes,
            ["name"] = Student.Name,
            ["version"] = Student.Version,
            ["release"] = Student.Release
        };
        await client.PublishAsync(_topics.BlobInfo(Id), Encoding.UTF8.GetBytes(info.ToJsonString()), retain: true,
            cancellationToken).ConfigureAwait(false);
        for (var n = 0; n < Chunks; n++)
        {
            await SendAsync(client, n, retain, pace, cancellationToken).ConfigureAwait(false);
            // without its manifest a device can use nothing: who missed that gets it at once
            if (wanted is not null)
                foreach (var part in wanted().Where(w => w < BundleChunks.ManifestChunks(_signature.Length)).Distinct().ToList())
                    await SendAsync(client, part, retain, pace, cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task SendAsync(FleetClient client, int number, bool retain, BandwidthLimiter pace, CancellationToken cancellationToken)
    {
        var content = Read(number);
        await pace.TakeAsync(content.Length, cancellationToken).ConfigureAwait(false);
        await client.PublishAsync(_topics.Chunk(Id, number), content, retain, cancellationToken).ConfigureAwait(false);
        _sentAt[number] = _clock.GetTimestamp();
    }

    /// <summary>
    /// Sends what devices lack. Wishes of many devices for the same chunk are one, and one that was sent a moment ago is on its way
    /// or, retained, on the broker: it is not sent again before <paramref name="again"/> has gone by.
    /// </summary>
    /// <returns>Bytes sent.</returns>
    public async Task<long> SendWantedAsync(FleetClient client, IEnumerable<int> wanted, bool retain, TimeSpan again, BandwidthLimiter pace,
        CancellationToken cancellationToken)
    {
        var bytes = 0L;
        foreach (var number in wanted.Distinct().Order().ToList())
        {
            if (_sentAt.TryGetValue(number, out var at) && _clock.GetElapsedTime(at) < again) continue;
            await SendAsync(client, number, retain, pace, cancellationToken).ConfigureAwait(false);
            bytes += Read(number).Length;
        }
        return bytes;
    }

    /// <summary>How long a chunk that was sent counts as on its way.</summary>
    public static TimeSpan Again(bool retain) => TimeSpan.FromSeconds(retain ? 120 : 10);

    /// <summary>Takes the retained chunks from the broker.</summary>
    public async Task UnpublishAsync(FleetClient client, CancellationToken cancellationToken)
    {
        for (var n = 0; n < Chunks; n++)
            await client.PublishAsync(_topics.Chunk(Id, n), default, retain: true, cancellationToken).ConfigureAwait(false);
        await client.PublishAsync(_topics.BlobInfo(Id), default, retain: true, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The chunks a want message asks for; none where it is no such message.</summary>
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
