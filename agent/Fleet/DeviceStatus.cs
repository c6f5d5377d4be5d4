using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using EdgeAgent.Updates;

namespace EdgeAgent.Fleet;

/// <summary>The status of one update on one device, as its retained topic has it.</summary>
internal sealed record DeviceStatus
{
    public UpdateState State { get; init; }
    public string? Reason { get; init; }
    public string? Detail { get; init; }
    public long BytesDone { get; init; }
    public long BytesTotal { get; init; }
    public DateTimeOffset? UpdatedAt { get; init; }

    /// <summary>The whole status, with fields that this record does not name.</summary>
    [JsonIgnore]
    public JsonObject Body { get; private init; } = [];

    /// <exception cref="JsonException">Not a status.</exception>
    public static DeviceStatus Parse(ReadOnlySpan<byte> payload)
    {
        if (JsonNode.Parse(payload) is not JsonObject body) throw new JsonException("a status is a JSON object");
        return body.Deserialize(FleetJson.Default.DeviceStatus)! with { Body = body };
    }
}
