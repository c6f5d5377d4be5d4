using System.Text.Json.Serialization;

namespace EdgeAgent.Fleet;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RolloutRecord))]
[JsonSerializable(typeof(DeviceStatus))]
[JsonSerializable(typeof(ReleaseRatings))]
internal sealed partial class FleetJson : JsonSerializerContext;
