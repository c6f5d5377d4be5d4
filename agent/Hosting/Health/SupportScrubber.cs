using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;
using EdgeAgent.Privacy;

namespace EdgeAgent.Hosting.Health;

/// <summary>
/// Takes personal data and secrets out of texts that leave the device for support: what the recognizers and the entity models find, the
/// secrets of this device wherever they stand, and the queries of web addresses, which may hold tokens. JSON stays JSON: only its texts
/// change.
/// </summary>
internal sealed partial class SupportScrubber
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private const string Removed = "***";
    private const int MinSecret = 4;

    /// <summary>Addresses of brokers and devices are what support looks for.</summary>
    private static readonly string[] Kept = ["ipv4", "ipv6", "url", "mac-address"];

    private readonly Desensitizer _desensitizer;
    private readonly IReadOnlyList<string> _secrets;

    public SupportScrubber(AgentSettings settings)
    {
        var options = settings.Privacy with
        {
            Enabled = true,
            Entities = true,
            Disabled = Kept,
            Allow = [],
        };
        _desensitizer = Desensitizer.Create(options);
        _secrets = [.. Secrets(settings.Mqtt).Append(settings.Privacy.KeyFile).SelectMany(Lines).Distinct()];
    }

    private static IEnumerable<string> Secrets(MqttOptions options) => [options.PasswordFile, options.KeyFile];

    /// <summary>The lines of a secret's file; a file that cannot be read cannot have been copied either.</summary>
    private static IEnumerable<string> Lines(string path)
    {
        try
        {
            return path.Length == 0 || !File.Exists(path) ? [] : [.. TextFile.ReadLines(path).Select(l => l.Trim())
                .Where(l => l.Length >= MinSecret && !l.StartsWith("-----", StringComparison.Ordinal))];
        }
        catch (Exception e) when (e is TextFileException || DiskErrors.Include(e))
        {
            return [];
        }
    }

    /// <summary>A plain text.</summary>
    public string Text(string text)
    {
        text = AddressQuery.Replace(text, $"$1?{Removed}");
        foreach (var secret in _secrets) text = text.Replace(secret, Removed, StringComparison.Ordinal);
        var found = _desensitizer.Find(text);
        if (found.Count == 0) return text;
        var scrubbed = text.ToCharArray();
        foreach (var finding in found) scrubbed.AsSpan(finding.Start, finding.End - finding.Start).Fill('*');
        return new string(scrubbed);
    }

    /// <summary>A line: JSON, or else plain text.</summary>
    public string Line(string line)
    {
        try
        {
            return JsonNode.Parse(line) is { } node ? Json(node)!.ToJsonString(Readable) : line;
        }
        catch (JsonException)
        {
            return Text(line);
        }
    }

    private JsonNode? Json(JsonNode? node) => node switch
    {
        JsonObject o => new JsonObject(o.Select(p => KeyValuePair.Create(p.Key, Json(p.Value)))),
        JsonArray a => new JsonArray([.. a.Select(Json)]),
        JsonValue v when v.TryGetValue<string>(out var text) => JsonValue.Create(Text(text)),
        _ => node?.DeepClone(),
    };

    [GeneratedRegex(@"(https?://[^\s""'?]+)\?[^\s""']*", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex AddressQuery { get; }
}
