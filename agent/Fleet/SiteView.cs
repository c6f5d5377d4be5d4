using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Mqtt;

namespace EdgeAgent.Fleet;

/// <summary>A site as its topics tell it: devices, their models, telemetry and updates, and the rollout.</summary>
internal sealed class SiteView(string site)
{
    /// <summary>Ratings each of two releases must have before they are compared.</summary>
    private const int MinRatings = 10;

    private readonly string _rolloutTopic = Topics.OfEveryDevice(site).Rollout;
    private readonly ConcurrentDictionary<string, JsonObject> _states = new(StringComparer.Ordinal), _models = new(StringComparer.Ordinal),
        _telemetry = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Device, string Id), DeviceStatus> _statuses = new();
    private readonly ConcurrentDictionary<(string Device, string Id), bool> _sent = new();

    public RolloutRecord? Rollout { get; set; }

    public IReadOnlyList<string> Devices => [.. _states.Keys.Union(_models.Keys).Order(StringComparer.Ordinal)];

    public bool IsOnline(string device) =>
        _states.TryGetValue(device, out var state) && state["online"]?.GetValueKind() == JsonValueKind.True;

    public JsonObject? ModelOf(string device) => _models.GetValueOrDefault(device);

    /// <summary>What the device's state says of its library, without the prefix of the names; null where it has none.</summary>
    public JsonObject? LibraryOf(string device)
    {
        const string name = "library";
        if (!_states.TryGetValue(device, out var state) || state[name] is not { } version) return null;
        var library = new JsonObject { ["version"] = version.DeepClone() };
        foreach (var (field, value) in state)
            if (field.StartsWith(name + "_", StringComparison.Ordinal)) library[field[(name.Length + 1)..]] = value?.DeepClone();
        return library;
    }

    /// <summary>The device's status in the rollout; null if it has not reported.</summary>
    public DeviceStatus? RolloutStatusOf(string device, RolloutRecord rollout) => _statuses.GetValueOrDefault((device, rollout.Id));

    /// <summary>The device's status in the rollout; of its newest update where the rollout does not name it.</summary>
    public DeviceStatus? StatusOf(string device, RolloutRecord? rollout) =>
        rollout is not null && rollout.Devices.Contains(device)
            ? RolloutStatusOf(device, rollout) : _statuses.Where(s => s.Key.Device == device).Select(s => s.Value).MaxBy(s => s.UpdatedAt);

    public IReadOnlyDictionary<string, DeviceProgress> ProgressOf(RolloutRecord rollout) =>
        _statuses.Where(s => s.Key.Id == rollout.Id)
            .ToDictionary(s => s.Key.Device, s => new DeviceProgress(s.Value.State, IsWorse(s.Key.Device, rollout)));

    /// <summary>Devices that have the rollout's command.</summary>
    public IReadOnlySet<string> SentOf(RolloutRecord rollout) =>
        _sent.Keys.Where(s => s.Id == rollout.Id).Select(s => s.Device).ToHashSet(StringComparer.Ordinal);

    /// <summary>
    /// Whether users rate the release that a device serves lower than the release before it, by more than a share. Ratings are of students,
    /// not of libraries.
    /// </summary>
    public bool IsWorse(string device, RolloutRecord rollout)
    {
        if (rollout.Kind == RolloutRecord.LibraryKind) return false;
        var ratings = ReleaseRatings.Parse(_telemetry.GetValueOrDefault(device));
        var serving = ModelOf(device)?["release"] is JsonValue value && value.TryGetValue(out long release) ? release : 0;
        return ratings.FirstOrDefault(r => r.Release == serving) is { } present
            && ratings.FirstOrDefault(r => r.Release < serving) is { } before && present.IsWorseThan(before, rollout.WorseBy, MinRatings);
    }

    /// <summary>Ratings of a release over all devices that have told theirs.</summary>
    public ReleaseRatings RatingsOf(long release) => _telemetry.Values
        .SelectMany(t => ReleaseRatings.Parse(t).Where(r => r.Release == release))
        .Aggregate(new ReleaseRatings(release, 0, 0, 0, 0), (sum, r) => new ReleaseRatings(release, sum.Ratings + r.Ratings,
            sum.RatingSum + r.RatingSum, sum.Resolved + r.Resolved, sum.Unresolved + r.Unresolved));

    public void AddSent(string device, string id) => _sent[(device, id)] = true;

    /// <summary>Takes a message of the site; foreign topics and payloads that cannot be read are ignored.</summary>
    public void Take(string topic, ReadOnlyMemory<byte> payload)
    {
        try
        {
            if (topic == _rolloutTopic)
            {
                if (!payload.IsEmpty) Rollout = JsonSerializer.Deserialize(payload.Span, FleetJson.Default.RolloutRecord);
            }
            else if (Topics.TryParse(topic, out var parsed)) Take(parsed, payload);
        }
        catch (JsonException)
        {
            // garbage from another client
        }
    }

    private void Take(DeviceTopic topic, ReadOnlyMemory<byte> payload)
    {
        var command = (topic.Device, topic.Id);
        if (topic.Kind == DeviceTopicKind.Command)
        {
            if (payload.IsEmpty) _sent.TryRemove(command, out _);
            else _sent[command] = true;
        }
        else if (payload.IsEmpty) return;
        else if (topic.Kind == DeviceTopicKind.CommandStatus) _statuses[command] = DeviceStatus.Parse(payload.Span);
        else if (Of(topic.Kind) is { } known && JsonNode.Parse(payload.Span) is JsonObject body) known[topic.Device] = body;
    }

    private ConcurrentDictionary<string, JsonObject>? Of(DeviceTopicKind kind) => kind switch
    {
        DeviceTopicKind.State => _states,
        DeviceTopicKind.Model => _models,
        DeviceTopicKind.Telemetry => _telemetry,
        _ => null
    };
}
