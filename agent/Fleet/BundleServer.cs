using System.Collections.Concurrent;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;
using EdgeAgent.Updates.Sources;

namespace EdgeAgent.Fleet;

/// <summary>Puts a bundle on a site's broker, and answers the devices' requests for chunks they lack.</summary>
internal sealed class BundleServer : IAsyncDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(300);

    private readonly BundlePublisher _publisher;
    private readonly FleetClient _client;
    private readonly ConcurrentQueue<int> _wanted;
    private readonly TimeProvider _clock;

    private BundleServer(BundlePublisher publisher, FleetClient client, ConcurrentQueue<int> wanted, TimeProvider clock) =>
        (_publisher, _client, _wanted, _clock) = (publisher, client, wanted, clock);

    /// <summary>Whether chunks are retained on the broker.</summary>
    public bool IsRetained { get; init; } = true;

    public required BandwidthLimiter Limiter { get; init; }

    /// <exception cref="IOException">The broker cannot be reached.</exception>
    public static async Task<BundleServer> ConnectAsync(BundlePublisher publisher, BrokerAccess broker, bool isRetained,
        BandwidthLimiter limiter, TimeProvider clock, ConnectionReport watch, CancellationToken cancellationToken)
    {
        var wanted = new ConcurrentQueue<int>();
        var client = await FleetClient.ConnectAsync(broker, $"fleet-{Identifiers.New(clock)}", (_, payload) =>
        {
            foreach (var number in BundlePublisher.Wanted(payload, publisher.Chunks)) wanted.Enqueue(number);
        }, cancellationToken, watch).ConfigureAwait(false);
        return new BundleServer(publisher, client, wanted, clock) { IsRetained = isRetained, Limiter = limiter };
    }

    /// <summary>Receives the devices' requests from now on.</summary>
    public Task ListenAsync(string site, CancellationToken cancellationToken) =>
        _client.SubscribeAsync(Topics.OfEveryDevice(site).Want(_publisher.Id), cancellationToken);

    public Task PublishAsync(CancellationToken cancellationToken) =>
        _publisher.PublishAsync(_client, IsRetained, Limiter, Drain, cancellationToken);

    public Task RemoveAsync(CancellationToken cancellationToken) => _publisher.UnpublishAsync(_client, cancellationToken);

    /// <summary>Sends the chunks that devices lack, until cancelled. Requests within one interval are answered together.</summary>
    /// <exception cref="IOException">The connection was lost for good.</exception>
    public async Task ServeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            _client.ThrowIfGone();
            await Task.Delay(PollInterval, _clock, cancellationToken).ConfigureAwait(false);
            await _publisher.SendWantedAsync(_client, Drain(), IsRetained, BundlePublisher.ResendAfter(IsRetained), Limiter,
                cancellationToken).ConfigureAwait(false);
        }
    }

    private List<int> Drain()
    {
        var numbers = new List<int>();
        while (_wanted.TryDequeue(out var number)) numbers.Add(number);
        return numbers;
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();
}
