using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Cli;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;
using EdgeAgent.Telemetry;
using EdgeAgent.Updates;

namespace EdgeAgent.Fleet;

/// <summary>A site as its retained topics tell it: devices, their models and updates, and the rollout.</summary>
internal sealed class SiteView : IAsyncDisposable
{
    private readonly string _site;
    private readonly ConcurrentDictionary<string, JsonNode> _states = new(StringComparer.Ordinal), _models = new(StringComparer.Ordinal),
        _telemetry = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Device, string Id), JsonNode> _statuses = new();
    private FleetClient? _client;

    private SiteView(string site) => _site = site;

    private string RolloutTopic => Topics.OfEveryDevice(_site).Rollout;

    /// <summary>Devices that have a command, by rollout.</summary>
    public ConcurrentDictionary<(string Device, string Id), bool> Sent { get; } = new();

    public RolloutRecord? Rollout { get; private set; }

    public static async Task<SiteView> ConnectAsync(string broker, string site, TimeProvider clock, CancellationToken cancellationToken)
    {
        CheckName(site);
        var view = new SiteView(site);
        view._client =
            await FleetClient.ConnectAsync(BrokerAddress.Parse(broker), $"fleet-{Identifiers.New(clock)}", view.Take,
                cancellationToken).ConfigureAwait(false);
        var every = Topics.OfEveryDevice(site);
        foreach (var filter in new[] { every.State, every.Model, every.Telemetry, every.CommandsOf(Operations.ModelUpdate),
            every.StatusesOf(Operations.ModelUpdate), every.Rollout })
            await view._client.SubscribeAsync(filter, cancellationToken).ConfigureAwait(false);
        return view;
    }

    /// <exception cref="UsageException">No name of a site.</exception>
    public static void CheckName(string site)
    {
        if (!Topics.IsName(site)) throw new UsageException($"--site must be 1..64 of A-Z a-z 0-9 . _ -, found '{site}'");
    }

    public IReadOnlyList<string> Devices => [.. _states.Keys.Union(_models.Keys).Order(StringComparer.Ordinal)];

    public bool IsOnline(string device) =>
        _states.TryGetValue(device, out var state) && state["online"]?.GetValueKind() == JsonValueKind.True;

    public JsonNode? ModelOf(string device) => _models.GetValueOrDefault(device);

    /// <summary>The device's word on the rollout, or on its newest update.</summary>
    public JsonNode? StatusOf(string device, RolloutRecord? rollout) =>
        rollout is not null && _statuses.TryGetValue((device, rollout.Id), out var status)
            ? status
            : _statuses.Where(s => s.Key.Device == device).OrderByDescending(s => s.Value["updated_at"]?.ToString(), StringComparer.Ordinal)
                .Select(s => s.Value).FirstOrDefault();

    public IReadOnlyDictionary<string, DeviceProgress> ProgressOf(RolloutRecord rollout) =>
        _statuses.Where(s => s.Key.Id == rollout.Id).ToDictionary(s => s.Key.Device, s => new DeviceProgress(
            Enum.TryParse<UpdateState>(s.Value["state"]?.ToString().Replace("-", "", StringComparison.Ordinal), ignoreCase: true,
                out var state) ? state : UpdateState.Init,
            s.Value["reason"]?.ToString(), Number(s.Value["bytes_done"]), Number(s.Value["bytes_total"]),
            DateTimeOffset.TryParse(s.Value["updated_at"]?.ToString(), System.Globalization.CultureInfo.InvariantCulture, out var at)
                ? at : null, IsWorse(s.Key.Device, rollout.WorseBy)));

    /// <summary>How many must have rated a release before its figures count.</summary>
    private const int MinRatings = 10;

    /// <summary>Whether people like the answers of the release that a device serves less than those of the release before it.</summary>
    public bool IsWorse(string device, double by)
    {
        if (_telemetry.GetValueOrDefault(device)?["releases"] is not JsonArray all) return false;
        var figures = all.Select(ReleaseFigures.Parse).OfType<ReleaseFigures>().OrderByDescending(f => f.Release).ToList();
        var serving = Number(ModelOf(device)?["release"]);
        var mine = figures.Find(f => f.Release == serving);
        return mine is not null && figures.Find(f => f.Release < serving) is { } before && mine.IsWorseThan(before, by, MinRatings);
    }

    public IReadOnlySet<string> SentOf(RolloutRecord rollout) =>
        Sent.Keys.Where(s => s.Id == rollout.Id).Select(s => s.Device).ToHashSet(StringComparer.Ordinal);

    public async Task CommandAsync(string device, string id, UpdateCommand command, CancellationToken cancellationToken)
    {
        await _client!.PublishAsync(new Topics(_site, device).Command(Operations.ModelUpdate, id),
            JsonSerializer.SerializeToUtf8Bytes(command, UpdateJson.Default.UpdateCommand), retain: true,
            cancellationToken).ConfigureAwait(false);
        Sent[(device, id)] = true;
    }

    public Task WithdrawAsync(string device, string id, CancellationToken cancellationToken) =>
        _client!.PublishAsync(new Topics(_site, device).Command(Operations.ModelUpdate, id), default, retain: true, cancellationToken);

    public Task KeepAsync(RolloutRecord record, CancellationToken cancellationToken)
    {
        Rollout = record;
        return _client!.PublishAsync(RolloutTopic, JsonSerializer.SerializeToUtf8Bytes(record, RolloutJson.Default.RolloutRecord),
            retain: true, cancellationToken);
    }

    private void Take(string topic, ReadOnlyMemory<byte> payload)
    {
        var parts = topic.Split('/');
        try
        {
            if (topic == RolloutTopic)
            {
                if (!payload.IsEmpty) Rollout = JsonSerializer.Deserialize(payload.Span, RolloutJson.Default.RolloutRecord);
                return;
            }
            var device = parts[3];
            if (parts.Length == 7)
            {
                if (payload.IsEmpty) Sent.TryRemove((device, parts[6]), out _);
                else Sent[(device, parts[6])] = true;
                return;
            }
            var body = payload.IsEmpty ? null : JsonNode.Parse(payload.Span) as JsonObject;
            if (body is null) return;
            if (parts.Length == 8) _statuses[(device, parts[6])] = body;
            else (parts[4] switch { "state" => _states, "model" => _models, _ => _telemetry })[device] = body;
        }
        catch (JsonException)
        {
            // somebody's garbage
        }
    }

    private static long Number(JsonNode? node) => node is JsonValue value && value.TryGetValue(out long number) ? number : 0;

    public ValueTask DisposeAsync() => _client?.DisposeAsync() ?? ValueTask.CompletedTask;
}
