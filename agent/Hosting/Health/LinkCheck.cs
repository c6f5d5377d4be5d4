using EdgeAgent.Mqtt;

namespace EdgeAgent.Hosting.Health;

/// <summary>Whether the device is connected and the broker takes what it subscribes and sends.</summary>
internal sealed class LinkCheck(MqttLink link, TimeProvider clock) : IHealthCheck
{
    /// <summary>A link that is made anew is no finding.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);

    private long _connectedAt = clock.GetTimestamp();

    public string Name => "link";

    public HealthFinding Check()
    {
        if (link.IsConnected) _connectedAt = clock.GetTimestamp();
        else if (clock.GetElapsedTime(_connectedAt) > Patience)
            return new HealthFinding(HealthSeverity.Failure, "no connection to the broker",
                "see the log for the reason; stop the service and run 'sudo edge-agent doctor' to test the login")
            { Why = "no question and no update arrives" };
        var report = link.Report;
        return report.RefusedSubscriptions.Count > 0
            ? new HealthFinding(HealthSeverity.Failure, $"the broker refused: {string.Join(", ", report.RefusedSubscriptions)}",
                "give this user the device's rights at the broker (provisioning/mosquitto/acl)")
            { Why = "what is published there does not arrive" }
            : report.Refused > 0
                ? new HealthFinding(HealthSeverity.Warning, $"the broker does not take every message, the last as {report.LastRefusal}",
                    "give this user the device's rights at the broker (provisioning/mosquitto/acl)")
                : new HealthFinding(HealthSeverity.Good, "connected, or connecting since a moment");
    }
}
