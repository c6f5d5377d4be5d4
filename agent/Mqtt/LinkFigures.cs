using System.Text.Json.Serialization;

namespace EdgeAgent.Mqtt;

/// <summary>
/// What an engineer must know of a link: how often it is lost, and what the broker did not take. Safe for concurrent use.
/// </summary>
internal sealed class LinkFigures(TimeProvider clock)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Queue<long> _connections = new();
    private readonly SortedSet<string> _refusedSubscriptions = new(StringComparer.Ordinal);
    private LinkReport _report = new();
    private bool _hasConnected;

    /// <summary>The figures now.</summary>
    public LinkReport Now
    {
        get
        {
            lock (_lock)
            {
                Forget();
                return _report with { ReconnectsLastMinute = _connections.Count, RefusedSubscriptions = [.. _refusedSubscriptions] };
            }
        }
    }

    /// <summary>A connection was made. The first one is no reconnect.</summary>
    public void Connected()
    {
        lock (_lock)
        {
            if (_hasConnected) _connections.Enqueue(clock.GetTimestamp());
            _hasConnected = true;
            Forget();
        }
    }

    /// <summary>The broker has answered that it does not take a message.</summary>
    public void MessageRefused(string reason)
    {
        lock (_lock) _report = _report with { Refused = _report.Refused + 1, LastRefusal = reason };
    }

    /// <summary>A message was given up because the broker ended several connections over it.</summary>
    /// <param name="name">Its correlation data, hexadecimal.</param>
    public void MessageParked(string name)
    {
        lock (_lock) _report = _report with { Parked = _report.Parked + 1, LastParked = name };
    }

    /// <summary>A broker has shown a certificate that was accepted.</summary>
    public void BrokerCertificate(DateTimeOffset end)
    {
        lock (_lock) _report = _report with { BrokerCertificateEnd = end.ToUniversalTime() };
    }

    /// <summary>The client's own certificate was read.</summary>
    public void ClientCertificate(DateTimeOffset end)
    {
        lock (_lock) _report = _report with { CertificateEnd = end.ToUniversalTime() };
    }

    public void Subscription(string filter, bool isGranted)
    {
        lock (_lock)
        {
            if (isGranted) _refusedSubscriptions.Remove(filter);
            else _refusedSubscriptions.Add(filter);
        }
    }

    private void Forget()
    {
        while (_connections.TryPeek(out var oldest) && clock.GetElapsedTime(oldest) > Window) _connections.Dequeue();
    }
}

/// <summary>Figures of a link at one time.</summary>
internal sealed record LinkReport
{
    /// <summary>Connections in the last minute, without the first one.</summary>
    public int ReconnectsLastMinute { get; init; }

    /// <summary>Messages that the broker did not take (a negative PUBACK). They are dropped.</summary>
    public long Refused { get; init; }

    /// <summary>Reason code of the last of them; null without one.</summary>
    public string? LastRefusal { get; init; }

    /// <summary>Messages given up after the broker had ended several connections over them.</summary>
    public long Parked { get; init; }

    /// <summary>Correlation data of the last of them, hexadecimal; null without one.</summary>
    public string? LastParked { get; init; }

    /// <summary>Filters that the broker does not grant.</summary>
    public IReadOnlyList<string> RefusedSubscriptions { get; init; } = [];

    /// <summary>The broker of the latest connection or attempt.</summary>
    public string? Broker { get; init; }

    /// <summary>When the client's own certificate ends; null without one.</summary>
    public DateTimeOffset? CertificateEnd { get; init; }

    /// <summary>When the certificate ends that the broker has shown; null without TLS.</summary>
    public DateTimeOffset? BrokerCertificateEnd { get; init; }

    /// <summary>Why what waits would not survive a restart; null where all is well.</summary>
    public string? OutboxProblem { get; init; }

    /// <summary>Replies, reports and telemetry that wait for the broker.</summary>
    public int Waiting { get; init; }

    /// <summary>How long the oldest of them has waited, seconds; 0 where none waits.</summary>
    public double OldestSeconds { get; init; }

    /// <summary>Messages pushed out of a full outbox or not taken by the broker.</summary>
    public long Dropped { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(LinkReport))]
internal sealed partial class LinkJson : JsonSerializerContext;
