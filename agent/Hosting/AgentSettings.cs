using EdgeAgent.Answers;
using EdgeAgent.Endpoints.Http;
using EdgeAgent.Endpoints.Pages;
using EdgeAgent.Hosting.Watchdog;
using EdgeAgent.Knowledge;
using EdgeAgent.Mqtt;
using EdgeAgent.Mqtt.Broker;
using EdgeAgent.Privacy;
using EdgeAgent.Queries;
using EdgeAgent.Serving;
using EdgeAgent.Telemetry;
using EdgeAgent.Updates;

namespace EdgeAgent.Hosting;

/// <summary>
/// All settings, from appsettings.json beside the binary, then /etc/edge-agent/agent.json (or --config), then EDGE_AGENT__*
/// environment variables, then flags; validated as a whole.
/// </summary>
internal sealed partial record AgentSettings
{
    public MqttOptions Mqtt { get; init; } = new();
    public HttpOptions Http { get; init; } = new();
    public KioskOptions Kiosk { get; init; } = new();
    public EmbeddedBrokerOptions Broker { get; init; } = new();
    public QueryOptions Queries { get; init; } = new();
    public StudentSettings Student { get; init; } = new();
    public PrivacyOptions Privacy { get; init; } = new();
    public UpdateOptions Updates { get; init; } = new();
    public BundleOptions Bundles { get; init; } = new();
    public AnswerOptions Answers { get; init; } = new();
    public KnowledgeOptions Knowledge { get; init; } = new();
    public SupervisorOptions Supervisor { get; init; } = new();
    public LogOptions Logs { get; init; } = new();
    public TelemetryOptions Telemetry { get; init; } = new();
    public WatchdogOptions Watchdog { get; init; } = new();

    /// <summary>
    /// Directory of everything the agent stores: installed students, answers, figures, logs. Empty: systemd's <c>STATE_DIRECTORY</c>, else
    /// <c>~/.local/state/edge-agent</c>.
    /// </summary>
    public string StateDirectory { get; init; } = "";

    /// <summary>
    /// CSV file of temperatures that replace the sensors', to try out how the device degrades; it is read again when it changes. Empty:
    /// the real sensors.
    /// </summary>
    public string SimulateHeat { get; init; } = "";

    /// <summary>What works but should be changed, such as keys given by an old name.</summary>
    internal IReadOnlyList<string> Warnings { get; init; } = [];
}
