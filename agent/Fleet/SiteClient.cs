using System.Text.Json;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;
using EdgeAgent.Updates;

namespace EdgeAgent.Fleet;

/// <summary>A fleet manager's connection to a site: keeps a view of it, sends and withdraws update commands, keeps the rollout.</summary>
internal sealed class SiteClient : IAsyncDisposable
{
    private readonly string _site;
    private readonly FleetClient _client;

    private SiteClient(string site, SiteView view, FleetClient client) => (_site, View, _client) = (site, view, client);

    public SiteView View { get; }

    public bool IsConnected => _client.IsConnected;

    /// <summary>Connections made so far; see <see cref="FleetClient.Connections"/>.</summary>
    public int Connections => _client.Connections;

    /// <exception cref="IOException">The connection was lost for good.</exception>
    public void ThrowIfGone() => _client.ThrowIfGone();

    /// <param name="site">A name, see <see cref="Topics.IsName"/>.</param>
    /// <exception cref="IOException">The broker cannot be reached, or forbids the site's topics.</exception>
    public static async Task<SiteClient> ConnectAsync(BrokerAccess broker, string site, TimeProvider clock, ConnectionReport watch,
        CancellationToken cancellationToken)
    {
        var view = new SiteView(site);
        var client = await FleetClient.ConnectAsync(broker, $"fleet-{Identifiers.New(clock)}", view.Take, cancellationToken, watch)
            .ConfigureAwait(false);
        var connected = new SiteClient(site, view, client);
        try
        {
            var every = Topics.OfEveryDevice(site);
            foreach (var filter in new[] { every.State, every.Model, every.Telemetry, every.CommandsOf(Operations.ModelUpdate),
                every.StatusesOf(Operations.ModelUpdate), every.CommandsOf(Operations.LibraryUpdate),
                every.StatusesOf(Operations.LibraryUpdate), every.Rollout })
                await client.SubscribeAsync(filter, cancellationToken).ConfigureAwait(false);
            return connected;
        }
        catch
        {
            await connected.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Gives a device the rollout's command; retained, so that a device that is away gets it on its return.</summary>
    public async Task CommandAsync(string device, RolloutRecord rollout, CancellationToken cancellationToken)
    {
        await _client.PublishAsync(Topic(device, rollout),
            JsonSerializer.SerializeToUtf8Bytes(rollout.ToCommand(), UpdateJson.Default.UpdateCommand), retain: true, cancellationToken)
            .ConfigureAwait(false);
        View.AddSent(device, rollout.Id);
    }

    /// <summary>Clears a device's command: what has not begun its trial is cancelled.</summary>
    public Task WithdrawAsync(string device, RolloutRecord rollout, CancellationToken cancellationToken) =>
        _client.PublishAsync(Topic(device, rollout), default, retain: true, cancellationToken);

    public Task PutRolloutAsync(RolloutRecord record, CancellationToken cancellationToken)
    {
        View.Rollout = record;
        return _client.PublishAsync(Topics.OfEveryDevice(_site).Rollout,
            JsonSerializer.SerializeToUtf8Bytes(record, FleetJson.Default.RolloutRecord), retain: true, cancellationToken);
    }

    private string Topic(string device, RolloutRecord rollout) => new Topics(_site, device).Command(rollout.Operation, rollout.Id);

    public ValueTask DisposeAsync() => _client.DisposeAsync();
}
