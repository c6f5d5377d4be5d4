using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Platform;

namespace EdgeAgent.Hosting.Configuration;

/// <summary>
/// Changes options in a configuration file and leaves the others as they are. The new file is read as the agent will read it before it
/// takes the old one's place; the old one stays beside it. Comments are not kept.
/// </summary>
internal sealed class ConfigurationFile
{
    public const string BackupSuffix = ".bak";
    private const string NewSuffix = ".new";
    private static readonly JsonSerializerOptions Indented =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string _path;
    private readonly JsonObject _root;

    private ConfigurationFile(string path, JsonObject root) => (_path, _root) = (path, root);

    /// <summary>A missing or empty file has no options.</summary>
    /// <exception cref="SettingsException">The file is no JSON object.</exception>
    public static ConfigurationFile Load(string path)
    {
        var text = File.Exists(path) ? TextFile.ReadAllText(path) : "";
        if (string.IsNullOrWhiteSpace(text)) return new ConfigurationFile(path, Empty());
        try
        {
            return JsonNode.Parse(text, new JsonNodeOptions { PropertyNameCaseInsensitive = true },
                new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }) is JsonObject root
                ? new ConfigurationFile(path, root)
                : throw new SettingsException([$"'{path}' must hold a JSON object, found another value"]);
        }
        catch (JsonException e)
        {
            throw new SettingsException([$"'{path}' must hold a JSON object: {e.Message}"]);
        }
    }

    /// <summary>An option's value as text; null where the file does not give it.</summary>
    public string? Get(string section, string key) =>
        _root[$"{section}:{key}"]?.ToString() ?? (_root[section] as JsonObject)?[key]?.ToString();

    public void Set(string section, string key, JsonNode value)
    {
        _root.Remove($"{section}:{key}"); // the flat way to write it
        if (_root[section] is not JsonObject options) _root[section] = options = Empty();
        options[key] = value;
    }

    /// <summary>Writes the file durably, after the agent's own rules have taken it.</summary>
    /// <returns>The settings that it gives.</returns>
    /// <exception cref="SettingsException">It cannot be used; the old file stays.</exception>
    public AgentSettings Save()
    {
        var candidate = _path + NewSuffix;
        DurableFile.WriteAllBytes(candidate, Encoding.UTF8.GetBytes(_root.ToJsonString(Indented) + "\n"));
        try
        {
            var settings = AgentSettings.Load(candidate, new Dictionary<string, string?>());
            if (File.Exists(_path)) DurableFile.WriteAllBytes(_path + BackupSuffix, File.ReadAllBytes(_path));
            DurableFile.Rename(candidate, _path);
            return settings;
        }
        finally
        {
            File.Delete(candidate);
        }
    }

    private static JsonObject Empty() => new(new JsonNodeOptions { PropertyNameCaseInsensitive = true });
}
