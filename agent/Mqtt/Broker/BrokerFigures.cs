using Microsoft.Extensions.Logging;

namespace EdgeAgent.Mqtt.Broker;

/// <summary>What the embedded broker refuses a client.</summary>
internal enum BrokerRefusal
{
    Login, ClientId, Will, Publish, Subscribe, ReplyTopic, PacketSize, Protocol, Connections, Sessions, Subscriptions, Retained, Queue,
    Origin,
}

/// <summary>How the embedded broker does.</summary>
/// <param name="Refused">Acts refused since the start.</param>
/// <param name="LastRefusal">The last of them; null without one.</param>
/// <param name="Dropped">Messages dropped for clients whose queues were full.</param>
internal sealed record BrokerReport(long Refused, string? LastRefusal, long Dropped);

/// <summary>
/// Counts what the embedded broker refuses and drops, and logs a bounded number of refusals a minute. Safe for concurrent use.
/// </summary>
internal sealed partial class BrokerFigures(TimeProvider clock, ILogger logger)
{
    private const int MaxLinesPerMinute = 20;
    private readonly Lock _lock = new();
    private readonly Dictionary<BrokerRefusal, long> _refused = [];
    private long _minute = long.MinValue, _dropped;
    private int _lines;
    private string? _last;

    public BrokerReport Report
    {
        get
        {
            lock (_lock) return new BrokerReport(_refused.Values.Sum(), _last, _dropped);
        }
    }

    public long CountOf(BrokerRefusal kind)
    {
        lock (_lock) return _refused.GetValueOrDefault(kind);
    }

    /// <param name="who">A user's name, or where the client is.</param>
    /// <param name="why">In words, without the topic: it may name a person.</param>
    public void Refuse(BrokerRefusal kind, string who, string why)
    {
        int lines;
        lock (_lock)
        {
            _refused[kind] = _refused.GetValueOrDefault(kind) + 1;
            _last = $"{kind}: {why}";
            var minute = clock.GetUtcNow().Ticks / TimeSpan.TicksPerMinute;
            if (minute != _minute) (_minute, _lines) = (minute, 0);
            lines = ++_lines;
        }
        if (lines < MaxLinesPerMinute) Refused(logger, kind, who, why);
        else if (lines == MaxLinesPerMinute) RefusedMore(logger);
    }

    public void Drop()
    {
        lock (_lock) _dropped++;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Embedded broker refused, {Kind}: {Who}: {Why}")]
    private static partial void Refused(ILogger logger, BrokerRefusal kind, string who, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Embedded broker refuses more; it is counted, and not logged until the next minute")]
    private static partial void RefusedMore(ILogger logger);
}
