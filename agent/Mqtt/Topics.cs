using System.Globalization;
using System.Text;

namespace EdgeAgent.Mqtt;

/// <summary>What a topic of a device is for.</summary>
internal enum DeviceTopicKind
{
    Query, Cancel, Feedback, State, Model, Telemetry, Command, CommandStatus,
}

/// <summary>A topic of a device, taken apart.</summary>
/// <param name="Operation">Of a command and its status; otherwise empty.</param>
/// <param name="Id">Of a command and its status; otherwise empty.</param>
internal readonly record struct DeviceTopic(string Site, string Device, DeviceTopicKind Kind, string Operation = "", string Id = "");

/// <summary>
/// All topics of the wire contract: the one place where they are built and read. An instance stands for one device; with
/// <see cref="OfEveryDevice"/> its properties are filters over a whole site. Names and reply topics follow MQTT 5, section 4.7.
/// </summary>
internal sealed class Topics(string site, string device)
{
    /// <summary>Root and version of the contract.</summary>
    public const string Prefix = "edge/v1";

    /// <summary>Where terminals receive replies, unless configured otherwise.</summary>
    public const string ReplyPrefix = "clients/";

    /// <summary>Beginning of a shared subscription, before its share's name.</summary>
    public const string SharePrefix = "$share/";

    /// <summary>In the place of a device: any device of the site's pool.</summary>
    public const string AnyDevice = "any";

    public const int MaxNameLength = 64, MaxTopicBytes = 1024, MaxLevels = 100;

    private const string Wildcard = "+", FleetName = "fleet", BlobName = "blob", CommandName = "cmd", StatusName = "status",
        ChunkName = "chunk", RolloutName = "rollout", QueryName = "query";

    private const string HomeAssistantPrefix = "homeassistant/device/", HomeAssistantEnd = "/config";

    /// <summary>Last segments of a device's own topics.</summary>
    private static readonly Dictionary<string, DeviceTopicKind> Kinds = new(StringComparer.Ordinal)
    {
        [QueryName] = DeviceTopicKind.Query,
        ["cancel"] = DeviceTopicKind.Cancel,
        ["feedback"] = DeviceTopicKind.Feedback,
        ["state"] = DeviceTopicKind.State,
        ["model"] = DeviceTopicKind.Model,
        ["telemetry"] = DeviceTopicKind.Telemetry,
    };

    private readonly string _root = $"{Prefix}/{site}/{device}";

    /// <summary>Filters that match the topics of every device of the site.</summary>
    public static Topics OfEveryDevice(string site) => new(site, Wildcard);

    public string Query => $"{_root}/{QueryName}";
    public string Cancel => $"{_root}/cancel";

    /// <summary>Ratings of answers.</summary>
    public string Feedback => $"{_root}/feedback";

    /// <summary>Whether the device is connected, and what serves it; retained.</summary>
    public string State => $"{_root}/state";

    /// <summary>What is installed and on trial; retained.</summary>
    public string Model => $"{_root}/model";

    public string Telemetry => $"{_root}/telemetry";

    /// <summary>Queries to any device of the site.</summary>
    public string AnyQuery => $"{Prefix}/{site}/{AnyDevice}/{QueryName}";

    /// <summary>The shared subscription to <see cref="AnyQuery"/> (MQTT 5, section 4.8.2).</summary>
    public string PoolSubscription(string pool) => $"{SharePrefix}{pool}/{AnyQuery}";

    /// <summary>Commands of any operation, without their statuses.</summary>
    public string Commands => Command(Wildcard, Wildcard);

    public string Command(string operation, string id) => $"{_root}/{CommandName}/{operation}/{id}";

    /// <summary>Commands of one operation.</summary>
    public string CommandsOf(string operation) => Command(operation, Wildcard);

    public string CommandStatus(string operation, string id) => $"{Command(operation, id)}/{StatusName}";

    /// <summary>Statuses of all commands of one operation.</summary>
    public string StatusesOf(string operation) => CommandStatus(operation, Wildcard);

    /// <summary>Where Home Assistant looks for devices (MQTT device discovery); retained.</summary>
    public string HomeAssistant => $"{HomeAssistantPrefix}{HomeAssistantId(site, device)}{HomeAssistantEnd}";

    /// <summary>The device's name there, which has no dots.</summary>
    internal static string HomeAssistantId(string site, string device) => $"edge-agent_{site}_{device}".Replace('.', '_');

    internal static bool IsHomeAssistant(string topic) =>
        topic.StartsWith(HomeAssistantPrefix + "edge-agent_", StringComparison.Ordinal)
        && topic.EndsWith(HomeAssistantEnd, StringComparison.Ordinal) && topic.AsSpan().IndexOfAny('+', '#') < 0;

    /// <summary>The site's rollout; retained.</summary>
    public string Rollout => $"{Prefix}/{site}/{FleetName}/{RolloutName}";

    /// <summary>A bundle's parts, for every device of the site.</summary>
    public string Chunk(string bundle, int number) => $"{Blob(bundle)}/{ChunkName}/{number.ToString(CultureInfo.InvariantCulture)}";

    public string AnyChunk(string bundle) => $"{Blob(bundle)}/{ChunkName}/{Wildcard}";

    /// <summary>Where devices ask for chunks they lack.</summary>
    public string Want(string bundle) => $"{Blob(bundle)}/want";

    /// <summary>How many bytes the bundle's manifest has, and what it is; retained.</summary>
    public string BlobInfo(string bundle) => $"{Blob(bundle)}/info";

    private string Blob(string bundle) => $"{Prefix}/{site}/{BlobName}/{bundle}";

    /// <summary>The reply topic of a terminal.</summary>
    public static string ReplyTopic(string clientId) => $"{ReplyPrefix}{clientId}/rsp";

    /// <summary>Reads a device's topic; false for site-wide topics and foreign ones.</summary>
    public static bool TryParse(string topic, out DeviceTopic parsed)
    {
        parsed = default;
        if (!topic.StartsWith(Prefix, StringComparison.Ordinal) || topic.Length == Prefix.Length || topic[Prefix.Length] != '/')
            return false;
        var parts = topic[(Prefix.Length + 1)..].Split('/');
        if (parts.Length < 3 || !IsName(parts[0]) || !IsName(parts[1]) || parts[1] is FleetName or BlobName) return false;
        var (site, device) = (parts[0], parts[1]);
        if (parts.Length == 3)
        {
            parsed = new DeviceTopic(site, device, Kinds.GetValueOrDefault(parts[2]));
            return Kinds.ContainsKey(parts[2]);
        }
        var isStatus = parts.Length == 6 && parts[5] == StatusName;
        if (parts[2] != CommandName || !(isStatus || parts.Length == 5) || !IsName(parts[3]) || !IsName(parts[4])) return false;
        parsed = new DeviceTopic(site, device, isStatus ? DeviceTopicKind.CommandStatus : DeviceTopicKind.Command, parts[3], parts[4]);
        return true;
    }

    /// <summary>Reads the topic of a command; its status is none.</summary>
    public static bool TryParseCommand(string topic, out string operation, out string id)
    {
        var isCommand = TryParse(topic, out var parsed) && parsed.Kind == DeviceTopicKind.Command;
        (operation, id) = isCommand ? (parsed.Operation, parsed.Id) : ("", "");
        return isCommand;
    }

    /// <summary>Reads the number of a chunk.</summary>
    public static bool TryParseChunk(string topic, out int number)
    {
        number = 0;
        var end = topic.LastIndexOf('/');
        return end > 0 && topic.AsSpan(0, end).EndsWith($"/{ChunkName}", StringComparison.Ordinal)
            && int.TryParse(topic.AsSpan(end + 1), NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    public static bool IsName(string name) =>
        name.Length is > 0 and <= MaxNameLength && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    /// <summary>
    /// Whether replies may go to the topic: below one of the prefixes, and one that every broker takes. Brokers end the connection over
    /// a topic that they call malformed (MQTT 5, sections 1.5.4 and 4.7; mosquitto takes 200 levels, EMQX 128).
    /// </summary>
    public static bool IsReplyTopic(string topic, IReadOnlyList<string> prefixes) =>
        prefixes.Any(p => topic.StartsWith(p, StringComparison.Ordinal) && topic.Length > p.Length)
        && topic.Length <= MaxTopicBytes && Encoding.UTF8.GetByteCount(topic) <= MaxTopicBytes
        && topic.AsSpan().Count('/') < MaxLevels && topic.AsSpan().IndexOfAny('+', '#') < 0
        && topic.EnumerateRunes().All(IsTopicRune);

    /// <summary>
    /// Whose reply topic it is: the longest of the prefixes it begins with, and the level after that. A client that has a topic for each of
    /// its queries is one client still.
    /// </summary>
    internal static string ClientOf(string topic, IReadOnlyList<string> prefixes)
    {
        var prefix = prefixes.Where(p => topic.StartsWith(p, StringComparison.Ordinal)).MaxBy(p => p.Length);
        if (prefix is null) return topic;
        var end = topic.IndexOf('/', prefix.Length);
        return end < 0 ? topic : topic[..end];
    }

    /// <summary>
    /// The user whose reply topic it is where a broker binds them (<see cref="ReplyTopic"/>, and below); null of other topics.
    /// </summary>
    internal static string? UserOf(string topic)
    {
        if (!topic.StartsWith(ReplyPrefix, StringComparison.Ordinal)) return null;
        var end = topic.IndexOf('/', ReplyPrefix.Length);
        if (end < 0) return null;
        var user = topic[ReplyPrefix.Length..end];
        var own = ReplyTopic(user);
        return IsName(user) && (topic == own || topic.StartsWith(own + "/", StringComparison.Ordinal)) ? user : null;
    }

    /// <summary>No control characters, no non-characters. An unpaired surrogate is read as U+FFFD: it must not have been one.</summary>
    private static bool IsTopicRune(Rune rune) => !Rune.IsControl(rune) && rune != Rune.ReplacementChar
        && rune.Value is not (>= 0xFDD0 and <= 0xFDEF) && (rune.Value & 0xFFFE) != 0xFFFE;
}
