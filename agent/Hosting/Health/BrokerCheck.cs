using EdgeAgent.Hosting.Modules;
using EdgeAgent.Mqtt.Broker;

namespace EdgeAgent.Hosting.Health;

/// <summary>Who may use the embedded broker.</summary>
internal sealed class BrokerCheck(BrokerPart part, AgentSettings settings) : IHealthCheck
{
    public string Name => "broker";

    public HealthFinding Check()
    {
        if (part.Embedded is not { } broker) return new HealthFinding(HealthSeverity.Good, $"the site's broker is {part.Address}");
        if (broker.Listeners.FirstOrDefault(l => ListenPolicy.Problem([l], broker.HasUsers, isInsecure: false) is not null) is { } open)
            return new HealthFinding(HealthSeverity.Warning, $"the embedded broker listens on {open} without users or without TLS",
                "make users with 'edge-agent broker passwd', set Broker:TlsListen, and leave --insecure out");
        if (!broker.HasUsers)
            return new HealthFinding(HealthSeverity.Warning,
                "the embedded broker has no users: whoever connects on this machine may read every answer and send every command",
                $"make users with 'edge-agent broker passwd USER --role ROLE' ({settings.BrokerUsersPath}), where others use this machine");
        return broker.Report is { Refused: > 0 } report
            ? new HealthFinding(HealthSeverity.Good,
                $"the embedded broker has refused {report.Refused} acts, the last: {report.LastRefusal}")
            : new HealthFinding(HealthSeverity.Good, "the embedded broker has users");
    }
}
