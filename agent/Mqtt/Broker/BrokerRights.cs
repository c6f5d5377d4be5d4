namespace EdgeAgent.Mqtt.Broker;

/// <summary>What a client wants to do with a topic, or with a filter of topics.</summary>
internal enum BrokerAct
{
    /// <summary>Send a message that is not kept.</summary>
    Publish,

    /// <summary>Send a message that the broker keeps.</summary>
    Retain,

    /// <summary>Clear what the broker keeps: retained and empty.</summary>
    Clear,

    Subscribe,
}

/// <summary>
/// Who may do what on the embedded broker. Pure: a table of roles, acts and topics. What is not in the table is refused, and a filter is
/// granted only where the table covers everything that it matches.
/// </summary>
/// <param name="own">The topics of the agent beside the broker; null where it has none.</param>
internal sealed class BrokerRights(Topics? own)
{
    private sealed record Rule(string Pattern, params BrokerAct[] Acts);

    private static readonly Topics Every = Topics.OfEveryDevice("+");

    private static readonly Rule[] Ask =
    [
        new(Every.Query, BrokerAct.Publish), new(Every.Cancel, BrokerAct.Publish), new(Every.Feedback, BrokerAct.Publish),
    ];

    private static readonly Rule[] Look =
    [
        new(Every.State, BrokerAct.Subscribe), new(Every.Model, BrokerAct.Subscribe), new(Every.Telemetry, BrokerAct.Subscribe),
        new(Every.StatusesOf("+"), BrokerAct.Subscribe), new(Every.Rollout, BrokerAct.Subscribe),
        new(Every.BlobInfo("+"), BrokerAct.Subscribe),
    ];

    /// <summary>What a fleet manager sends, and what it clears where a device is gone.</summary>
    private static readonly Rule[] Command =
    [
        new(Every.Commands, BrokerAct.Publish, BrokerAct.Retain, BrokerAct.Clear, BrokerAct.Subscribe),
        new(Every.Rollout, BrokerAct.Publish, BrokerAct.Retain, BrokerAct.Clear),
        new(Every.BlobInfo("+"), BrokerAct.Publish, BrokerAct.Retain, BrokerAct.Clear),
        new(Every.AnyChunk("+"), BrokerAct.Publish, BrokerAct.Retain, BrokerAct.Clear, BrokerAct.Subscribe),
        new(Every.Want("+"), BrokerAct.Subscribe),
        new(Every.State, BrokerAct.Clear), new(Every.Model, BrokerAct.Clear), new(Every.Telemetry, BrokerAct.Clear),
        new(Every.StatusesOf("+"), BrokerAct.Clear),
    ];

    private static readonly Dictionary<BrokerRole, Rule[]> Table = new()
    {
        [BrokerRole.Terminal] = Ask,
        [BrokerRole.Kiosk] = [.. Ask, new(Every.State, BrokerAct.Subscribe), new(Every.Model, BrokerAct.Subscribe),
            new(Every.Telemetry, BrokerAct.Subscribe)],
        [BrokerRole.Viewer] = Look,
        [BrokerRole.Fleet] = [.. Look, .. Command],
    };

    /// <summary>What only the agent says.</summary>
    private readonly string[] _ownVoice = own is null ? [] : [own.State, own.Model, own.Telemetry, own.StatusesOf("+")];

    /// <summary>The rights beside the agent of a site and device.</summary>
    public static BrokerRights Beside((string Site, string Device)? agent) =>
        new(agent is { } own ? new Topics(own.Site, own.Device) : null);

    /// <summary>Why the client may not do it, in words that a client may read; null where it may.</summary>
    /// <param name="target">A topic, or a filter for <see cref="BrokerAct.Subscribe"/>.</param>
    public string? Refusal(BrokerClient client, BrokerAct act, string target)
    {
        if (act == BrokerAct.Subscribe ? !TopicFilter.IsFilter(target) : !TopicFilter.IsTopic(target)) return "the topic is not valid";
        if (client.Role == BrokerRole.Agent) return null;
        if (act != BrokerAct.Subscribe && target.StartsWith('$')) return "topics that begin with '$' belong to the broker";
        if (act != BrokerAct.Subscribe && _ownVoice.Any(p => TopicFilter.Covers(p, target))) return "only the device itself says this";
        if (client.Role == BrokerRole.Local || act == BrokerAct.Subscribe && IsOwnReply(client, target)) return null;
        return Table[client.Role].Any(r => r.Acts.Contains(act) && TopicFilter.Covers(r.Pattern, target))
            ? null : $"the role {UserFile.Word(client.Role)} may not {Verb(act)}";
    }

    /// <summary>
    /// Whether replies may go there at this client's wish: to itself. Without users a terminal is not known, and each names its own.
    /// </summary>
    public static bool IsOwnReply(BrokerClient client, string filter) => client.Role is BrokerRole.Local or BrokerRole.Agent
        || client.User.Length > 0 && TopicFilter.Covers($"{Topics.ReplyTopic(client.User)}/#", filter);

    /// <summary>Whether the topic's messages name a reply topic, which must be the client's own.</summary>
    public static bool NamesReplyTopic(string topic) =>
        TopicFilter.Covers(Every.Query, topic) || TopicFilter.Covers(Every.Cancel, topic);

    private static string Verb(BrokerAct act) => act switch
    {
        BrokerAct.Publish => "send this",
        BrokerAct.Retain => "keep this on the broker",
        BrokerAct.Clear => "clear this",
        _ => "read this",
    };
}
