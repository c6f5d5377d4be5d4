using System.Text.Json.Nodes;
using EdgeAgent.Mqtt;

namespace EdgeAgent.Endpoints.Mqtt;

/// <summary>
/// The device as Home Assistant is told of it: one message with all entities (MQTT device discovery), each with a template over the topics
/// that the device publishes anyway. The update entity shows the newest update command; updates are signed commands of a fleet manager, so
/// that it has no install button. Pure.
/// </summary>
internal static class HomeAssistantDevice
{
    private const string Short = "[:12]"; // of a digest, as people compare them

    /// <param name="model">Name of the student that serves.</param>
    /// <param name="version">The agent's.</param>
    public static JsonObject Describe(Topics topics, string site, string device, string model, string version)
    {
        var id = Topics.HomeAssistantId(site, device);
        return new JsonObject
        {
            ["device"] = new JsonObject
            {
                ["identifiers"] = new JsonArray(id),
                ["name"] = $"{device} ({site})",
                ["manufacturer"] = "edge-agent",
                ["model"] = model,
                ["sw_version"] = version,
            },
            ["origin"] = new JsonObject { ["name"] = "edge-agent", ["sw_version"] = version },
            ["availability"] = new JsonArray(new JsonObject
            {
                ["topic"] = topics.State,
                ["value_template"] = "{{ 'online' if value_json.online else 'offline' }}",
            }),
            ["qos"] = 1,
            ["components"] = Components(topics, id),
        };
    }

    private static JsonObject Components(Topics topics, string id)
    {
        var components = new JsonObject
        {
            ["temperature"] = Sensor("Temperature", topics.Telemetry, "{{ value_json.temperature_c }}", "temperature", "°C"),
            ["level"] = Sensor("Level", topics.Telemetry, "{{ value_json.level }}", "enum"),
            ["tokens"] = Sensor("Tokens per second", topics.Telemetry, "{{ value_json.tokens_s }}", null, "tokens/s"),
            ["waiting"] = Sensor("Waiting queries", topics.Telemetry, "{{ value_json.waiting }}", null, "queries"),
            ["power"] = Sensor("Power", topics.Telemetry, "{{ value_json.power_w }}", "power", "W"),
            ["student"] = Sensor("Student", topics.State, "{{ value_json.model }} {{ value_json.version }}"),
            ["update"] = Update(topics),
        };
        components["level"]!["options"] = new JsonArray("L0", "L1", "L2", "L3", "L4");
        foreach (var (name, component) in components) component!["unique_id"] = $"{id}_{name}";
        return components;
    }

    private static JsonObject Sensor(string name, string topic, string template, string? deviceClass = null, string? unit = null)
    {
        var sensor = new JsonObject
        {
            ["platform"] = "sensor",
            ["name"] = name,
            ["state_topic"] = topic,
            ["value_template"] = template,
        };
        if (deviceClass is not null) sensor["device_class"] = deviceClass;
        if (unit is null) return sensor;
        sensor["unit_of_measurement"] = unit;
        sensor["state_class"] = "measurement";
        return sensor;
    }

    /// <summary>Our update states as an update entity has them: installed, latest, in progress.</summary>
    private static JsonObject Update(Topics topics) => new()
    {
        ["platform"] = "update",
        ["name"] = "Student update",
        ["state_topic"] = topics.Model,
        ["value_template"] =
            $"{{% set installed = value_json.digest{Short} if value_json.digest else 'built-in' %}}"
            + "{% set ended = value_json.state in ['failed', 'rolled-back', 'cancelled'] %}"
            + $"{{% set latest = value_json.latest{Short} if value_json.latest and not ended else installed %}}"
            + "{% set running = value_json.state in ['downloading', 'verifying', 'staging', 'trial'] %}"
            + "{\"installed_version\":\"{{ installed }}\",\"latest_version\":\"{{ latest }}\","
            + "\"in_progress\":{{ 'true' if running else 'false' }}}",
    };
}
