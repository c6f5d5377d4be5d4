using System.Text;

namespace EdgeAgent.Mqtt;

/// <summary>The topics of one device, and the rules for names and reply topics (MQTT 5, section 4.7).</summary>
internal sealed class Topics(string site, string device)
{
    public const string AnyDevice = "any";
    public const int MaxNameLength = 64, MaxTopicBytes = 1024;

    private readonly string _root = $"edge/v1/{site}/{device}";

    public string Query => $"{_root}/query";
    public string Cancel => $"{_root}/cancel";
    public string State => $"{_root}/state";

    /// <summary>Queries to any device of the site.</summary>
    public string AnyQuery => $"edge/v1/{site}/{AnyDevice}/query";

    /// <summary>What is installed and on trial; retained.</summary>
    public string Model => $"{_root}/model";

    /// <summary>What people thought of answers.</summary>
    public string Feedback => $"{_root}/feedback";

    public string Telemetry => $"{_root}/telemetry";

    /// <summary>Commands of any kind, not their statuses.</summary>
    public string Commands => $"{_root}/cmd/+/+";

    public string Command(string operation, string id) => $"{_root}/cmd/{operation}/{id}";

    public string CommandStatus(string operation, string id) => $"{Command(operation, id)}/status";

    /// <summary>A bundle's parts, for every device of the site.</summary>
    public string Chunk(string bundle, int number) => $"{Blob(bundle)}/chunk/{number}";

    public string AnyChunk(string bundle) => $"{Blob(bundle)}/chunk/+";

    /// <summary>Where devices ask for chunks they lack.</summary>
    public string Want(string bundle) => $"{Blob(bundle)}/want";

    /// <summary>How many bytes the bundle's manifest has, and what it is; retained.</summary>
    public string BlobInfo(string bundle) => $"{Blob(bundle)}/info";

    private string Blob(string bundle) => $"edge/v1/{site}/blob/{bundle}";

    public string PoolSubscription(string pool) => $"$share/{pool}/{AnyQuery}";

    public static string ReplyTopic(string clientId) => $"clients/{clientId}/rsp";

    public static bool IsName(string name) =>
        name.Length is > 0 and <= MaxNameLength && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    /// <summary>Whether replies may go to the topic: no wildcards, no control characters, below one of the prefixes.</summary>
    public static bool IsReplyTopic(string topic, IReadOnlyList<string> prefixes) =>
        topic.Length > 0 && Encoding.UTF8.GetByteCount(topic) <= MaxTopicBytes
        && topic.AsSpan().IndexOfAny('+', '#') < 0 && !topic.Any(char.IsControl)
        && prefixes.Any(p => topic.StartsWith(p, StringComparison.Ordinal) && topic.Length > p.Length);
}
