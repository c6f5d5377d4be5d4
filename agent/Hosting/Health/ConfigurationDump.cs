using System.Collections;
using System.Text.Json.Nodes;
using EdgeAgent.Hosting.Configuration;

namespace EdgeAgent.Hosting.Health;

/// <summary>
/// The settings as JSON for support: what differs from the default. Lists and dictionaries give their number only, since a plant's own
/// names stand in them; of options that are named after secrets it says that they are set.
/// </summary>
internal static class ConfigurationDump
{
    private static readonly string[] Secret = ["password", "secret", "token", "passphrase"];

    public static JsonObject Of(AgentSettings settings) => Record(settings, new AgentSettings());

    private static JsonObject Record(object record, object defaults)
    {
        var json = new JsonObject();
        foreach (var option in OptionProperty.Of(record.GetType()))
        {
            var (value, normal) = (option.Property.GetValue(record), option.Property.GetValue(defaults));
            if (value is null || Equals(value, normal)) continue;
            json[option.Key] = OptionProperty.IsRecord(option.Type) ? Record(value, normal ?? value) : Value(option, record, value);
        }
        return json;
    }

    private static JsonNode? Value(OptionProperty option, object record, object value) => value switch
    {
        _ when IsSecret(option.Key) => "(set)",
        string text => text,
        ICollection list => $"({list.Count} given)",
        _ => JsonValue.Create(Convert.ToString(option.ValueIn(record), System.Globalization.CultureInfo.InvariantCulture)),
    };

    /// <summary>A file's name is no secret.</summary>
    private static bool IsSecret(string key) => !key.EndsWith("File", StringComparison.Ordinal)
        && Secret.Any(s => key.Contains(s, StringComparison.OrdinalIgnoreCase));
}
