namespace EdgeAgent.Tests.Mqtt.Broker;

/// <summary>What a client does in a case.</summary>
internal enum Attempt { Send, Keep, Read }

/// <summary>One act on a broker with users, and whether it may succeed.</summary>
/// <param name="User">Who does it; see <see cref="AccessCases.Users"/>.</param>
/// <param name="Topic">Where to, or the filter that is subscribed.</param>
internal sealed record AccessCase(string User, Attempt Attempt, string Topic, bool IsAllowed)
{
    /// <summary>For a filter: what is sent to see whether it arrives, and by whom.</summary>
    public (string Writer, string Topic) Probe { get; init; }

    /// <summary>MQTT 5 response topic of a message.</summary>
    public string? ReplyTo { get; init; }

    public string Payload { get; init; } = "x";

    /// <summary>Whether mosquitto can tell: its rules know neither retained messages nor what is in one.</summary>
    public bool IsForMosquitto { get; init; } = true;

    public override string ToString() => $"{User} {Attempt} {Topic}{(ReplyTo is null ? "" : $" reply {ReplyTo}")} {Payload}";
}

/// <summary>
/// Who may do what, as acts: the same list for the embedded broker and for mosquitto with the rules that provisioning ships. Device d1 of
/// site plant is the agent of the embedded broker.
/// </summary>
internal static class AccessCases
{
    private const string D1 = "edge/v1/plant/d1", D2 = "edge/v1/plant/d2", Blob = "edge/v1/plant/blob/abc",
        Rollout = "edge/v1/plant/fleet/rollout", Pool = "edge/v1/plant/any/query", Command = $"{D1}/cmd/model-update/u1";

    /// <summary>Users and their roles, beside the device d1.</summary>
    public static readonly (string Name, string Role)[] Users =
        [("hmi-1", "terminal"), ("hmi-2", "terminal"), ("kiosk-1", "kiosk"), ("eye", "viewer"), ("fleet", "fleet")];

    private static AccessCase Send(string user, string topic) => new(user, Attempt.Send, topic, false);

    private static AccessCase Keep(string user, string topic) => new(user, Attempt.Keep, topic, false);

    private static AccessCase Read(string user, string filter, string writer, string topic) =>
        new(user, Attempt.Read, filter, false) { Probe = (writer, topic) };

    private static AccessCase May(AccessCase forbidden) => forbidden with { IsAllowed = true };

    public static IReadOnlyList<AccessCase> Forbidden { get; } =
    [
        // what a terminal sends
        Send("hmi-1", $"{D1}/state"), Keep("hmi-1", $"{D1}/state"), Send("hmi-1", $"{D1}/model"), Keep("hmi-1", $"{D1}/model"),
        Send("hmi-1", $"{D1}/telemetry"), Send("hmi-1", Command), Keep("hmi-1", Command), Send("hmi-1", $"{Command}/status"),
        Keep("hmi-1", $"{Command}/status"), Send("hmi-1", $"{D1}/cmd/answers-correct/x"), Keep("hmi-1", $"{D1}/cmd/answers-purge/x"),
        Send("hmi-1", "clients/hmi-2/rsp"), Send("hmi-1", "clients/hmi-2/rsp/1"), Send("hmi-1", Rollout), Keep("hmi-1", Rollout),
        Keep("hmi-1", $"{Blob}/chunk/1"), Send("hmi-1", $"{Blob}/info"), Send("hmi-1", $"{Blob}/want"), Send("hmi-1", "anything/else"),
        Send("hmi-1", "edge/v1/plant"), Keep("hmi-1", $"{D2}/state"), Send("hmi-1", "edge/v1/plant/hmi-1/state"),
        Keep("hmi-1", $"{D1}/query") with { IsForMosquitto = false },
        Send("hmi-1", $"{D1}/query") with { ReplyTo = "clients/hmi-2/rsp", IsForMosquitto = false },
        Send("hmi-1", $"{D1}/cancel") with { ReplyTo = "clients/hmi-2/rsp", IsForMosquitto = false },
        Send("hmi-1", $"{D1}/query") with { Payload = """{"reply_to":"clients/hmi-2/rsp","id":"1"}""", IsForMosquitto = false },
        Send("hmi-1", $"{D1}/cancel") with
        {
            Payload = """{"reply_to":"clients/hmi-1/rsp","id":"1","reply\u005fto":"clients/hmi-2/rsp"}""", IsForMosquitto = false
        },
        Send("hmi-1", "$SYS/broker/uptime") with { IsForMosquitto = false },
        // what a terminal reads
        Read("hmi-1", "#", "hmi-2", $"{D1}/query"), Read("hmi-1", "+/#", "hmi-2", $"{D1}/query"),
        Read("hmi-1", "edge/v1/#", "hmi-2", $"{D1}/cancel"), Read("hmi-1", "edge/v1/+/+/query", "hmi-2", $"{D1}/query"),
        Read("hmi-1", $"{D1}/query", "hmi-2", $"{D1}/query"), Read("hmi-1", Pool, "hmi-2", Pool),
        Read("hmi-1", $"{D1}/feedback", "hmi-2", $"{D1}/feedback"), Read("hmi-1", $"{D1}/cmd/+/+", "fleet", Command),
        Read("hmi-1", $"{D1}/cmd/#", "d1", $"{Command}/status"), Read("hmi-1", $"{D1}/state", "d1", $"{D1}/state"),
        Read("hmi-1", $"{D1}/telemetry", "d1", $"{D1}/telemetry"), Read("hmi-1", "clients/#", "d1", "clients/hmi-2/rsp"),
        Read("hmi-1", "clients/+/rsp", "d1", "clients/hmi-2/rsp"), Read("hmi-1", "clients/hmi-2/rsp", "d1", "clients/hmi-2/rsp"),
        Read("hmi-1", "clients/hmi-2/rsp/#", "d1", "clients/hmi-2/rsp/1"), Read("hmi-1", "+/hmi-2/#", "d1", "clients/hmi-2/rsp"),
        Read("hmi-1", $"{Blob}/chunk/+", "fleet", $"{Blob}/chunk/1"), Read("hmi-1", $"$share/p/{Pool}", "hmi-2", Pool),
        Read("hmi-1", "$SYS/#", "hmi-2", $"{D1}/query"),
        // a kiosk
        Send("kiosk-1", Command), Keep("kiosk-1", $"{D1}/state"), Send("kiosk-1", "clients/hmi-1/rsp"),
        Read("kiosk-1", $"{D1}/query", "hmi-2", $"{D1}/query"), Read("kiosk-1", "clients/hmi-1/rsp", "d1", "clients/hmi-1/rsp"),
        Read("kiosk-1", $"{D1}/#", "hmi-2", $"{D1}/query"),
        // one who only looks
        Send("eye", $"{D1}/query"), Send("eye", $"{D1}/cancel"), Send("eye", $"{D1}/feedback"), Keep("eye", Command),
        Keep("eye", $"{D1}/state"), Read("eye", $"{D1}/query", "hmi-1", $"{D1}/query"), Read("eye", "#", "hmi-1", $"{D1}/query"),
        Read("eye", "clients/hmi-1/rsp", "d1", "clients/hmi-1/rsp"),
        // the fleet manager
        Send("fleet", $"{D1}/query"), Send("fleet", $"{D1}/cancel"), Send("fleet", $"{D1}/feedback"), Keep("fleet", $"{D1}/state"),
        Send("fleet", $"{D1}/model"), Send("fleet", $"{D1}/telemetry"), Keep("fleet", $"{Command}/status"),
        Send("fleet", "clients/hmi-1/rsp"), Send("fleet", "elsewhere"), Read("fleet", $"{D1}/query", "hmi-1", $"{D1}/query"),
        Read("fleet", "edge/v1/#", "hmi-1", $"{D1}/query"), Read("fleet", "#", "hmi-1", $"{D1}/query"),
        Read("fleet", "clients/hmi-1/rsp", "d1", "clients/hmi-1/rsp"), Read("fleet", "clients/#", "d1", "clients/hmi-1/rsp"),
    ];

    public static IReadOnlyList<AccessCase> Allowed { get; } =
    [
        May(Send("hmi-1", $"{D1}/query")), May(Send("hmi-1", $"{D1}/cancel")), May(Send("hmi-1", $"{D1}/feedback")),
        May(Send("hmi-1", Pool)), May(Send("hmi-1", $"{D1}/query") with { ReplyTo = "clients/hmi-1/rsp/7" }),
        May(Send("hmi-1", $"{D1}/query") with { Payload = """{"reply_to":"clients/hmi-1/rsp","id":"1"}""" }),
        May(Read("hmi-1", "clients/hmi-1/rsp", "d1", "clients/hmi-1/rsp")),
        May(Read("hmi-1", "clients/hmi-1/rsp/#", "d1", "clients/hmi-1/rsp/7")),
        May(Read("hmi-1", "clients/hmi-1/rsp/+", "d1", "clients/hmi-1/rsp/7")),
        May(Send("kiosk-1", $"{D1}/query")), May(Read("kiosk-1", $"{D1}/state", "d1", $"{D1}/state")),
        May(Read("kiosk-1", "clients/kiosk-1/rsp", "d1", "clients/kiosk-1/rsp")),
        May(Read("eye", "edge/v1/plant/+/state", "d1", $"{D1}/state")), May(Read("eye", $"{D1}/telemetry", "d1", $"{D1}/telemetry")),
        May(Read("eye", $"{D1}/cmd/+/+/status", "d1", $"{Command}/status")), May(Read("eye", Rollout, "fleet", Rollout)),
        May(Send("fleet", Command)), May(Keep("fleet", Command)), May(Keep("fleet", Rollout)), May(Keep("fleet", $"{Blob}/chunk/1")),
        May(Send("fleet", $"{Blob}/chunk/2")), May(Keep("fleet", $"{Blob}/info")),
        May(Read("fleet", "edge/v1/plant/+/state", "d1", $"{D1}/state")), May(Read("fleet", "edge/v1/plant/+/model", "d1", $"{D1}/model")),
        May(Read("fleet", "edge/v1/plant/+/cmd/model-update/+/status", "d1", $"{Command}/status")),
        May(Read("fleet", "edge/v1/plant/+/cmd/model-update/+", "fleet-2", Command)),
        May(Read("fleet", $"{Blob}/want", "d1", $"{Blob}/want")),
    ];

    public static IEnumerable<AccessCase> All => [.. Forbidden, .. Allowed];
}
