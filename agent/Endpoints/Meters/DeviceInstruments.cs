using System.Diagnostics.Metrics;
using EdgeAgent.Answers;
using EdgeAgent.Mqtt;
using EdgeAgent.Serving;
using EdgeAgent.Telemetry;
using EdgeAgent.Thermal;

namespace EdgeAgent.Endpoints.Meters;

/// <summary>
/// What the telemetry topic says, as observed instruments on the agent's meter: read when somebody scrapes or exports, and else not at all.
/// What the board cannot measure has no series.
/// </summary>
internal sealed class DeviceInstruments
{
    private readonly Meter _meter;

    public DeviceInstruments(AgentMetrics metrics, StudentRouter router, EngineSupervisor supervisor, ThermalMonitor thermal,
        BoardMonitor board, MqttLink link, AnswerCache? answers)
    {
        _meter = metrics.Meter;
        AddBoard(thermal, board, metrics);
        AddEngine(router, supervisor);
        AddLink(link);
        AddAnswers(answers);
    }

    private void AddBoard(ThermalMonitor thermal, BoardMonitor board, AgentMetrics metrics)
    {
        Gauge("edge_agent.level", "{level}", "Level of the thermal ladder, 0 (L0) to 4 (L4)", () => (int)thermal.State.Level);
        Gauge("hw.temperature", "Cel", "The hottest of the plausible temperatures", () => thermal.Latest?.Hottest);
        Gauge("edge_agent.throttle", "{state}", "Greatest state of a cooling device of a processor", () => thermal.Latest?.Throttle);
        Gauge("hw.power", "W", "Power of the module", () => board.Latest.PowerWatts);
        Gauge("hw.gpu.utilization", "1", "Load of the GPU, 0..1", () => board.Latest.GpuLoadPercent / 100);
        Gauge("hw.fan.speed", "{rpm}", "Speed of the fan", () => board.Latest.FanRpm);
        Gauge("edge_agent.answer.energy", "J", "Energy of an answer, moving average", () => metrics.JoulesPerAnswer);
    }

    private void AddEngine(StudentRouter router, EngineSupervisor supervisor)
    {
        Gauge("edge_agent.queries.running", "{query}", "Queries in the batch", () => router.Current?.Engine.Load.Active);
        Gauge("edge_agent.queries.waiting", "{query}", "Queries that wait for a row", () => router.Current?.Engine.Load.Waiting);
        Gauge("edge_agent.step.duration", "s", "Time of a step of the engine", () => router.Current?.Engine.Load.StepSeconds);
        Gauge("edge_agent.engine.serving", "{engine}", "1 while the engine serves, 0 while it restarts or is parked",
            () => supervisor.Health.State == EngineState.Serving ? 1 : 0);
        Count("edge_agent.engine.restarts", "{restart}", "Restarts of the engine", () => supervisor.Health.Restarts);
        Count("edge_agent.prefix.hits", "{prompt}", "Prompts that began with something known",
            () => router.Current?.Engine.Prefixes.Cache?.Counts.Hits);
        Count("edge_agent.prefix.tokens_saved", "{token}", "Prompt tokens that were copied instead of read",
            () => router.Current?.Engine.Prefixes.Cache?.Counts.SavedTokens);
        _meter.CreateObservableGauge<long>("edge_agent.student", () => router.Current is { } student
            ? [new(1, new KeyValuePair<string, object?>("model", student.Manifest.Name),
                new KeyValuePair<string, object?>("version", student.Manifest.Version),
                new KeyValuePair<string, object?>("provider", student.Provider.Got.ToString()))]
            : [], "{student}", "The student that serves");
    }

    private void AddLink(MqttLink link)
    {
        Gauge("edge_agent.link.connected", "{connection}", "1 while the broker is connected", () => link.IsConnected ? 1 : 0);
        Gauge("edge_agent.outbox.messages", "{message}", "Messages that wait for the broker", () => link.Report.Waiting);
        Gauge("edge_agent.outbox.age", "s", "How long the oldest of them has waited", () => link.Report.OldestSeconds);
        Count("edge_agent.outbox.dropped", "{message}", "Messages dropped from a full outbox", () => link.Report.Dropped);
        Count("edge_agent.link.refused", "{message}", "Messages that the broker did not take", () => link.Report.Refused);
    }

    private void AddAnswers(AnswerCache? answers)
    {
        if (answers is null) return;
        Gauge("edge_agent.answers.stored", "{answer}", "Stored answers", () => answers.Count);
        Count("edge_agent.answers.hits", "{question}", "Questions that a stored answer fitted", () => answers.Hits);
        Count("edge_agent.answers.misses", "{question}", "Questions that none fitted", () => answers.Misses);
    }

    private void Gauge(string name, string unit, string description, Func<double?> read) =>
        _meter.CreateObservableGauge<double>(name, () => Values(read()), unit, description);

    private void Count(string name, string unit, string description, Func<double?> read) =>
        _meter.CreateObservableCounter<double>(name, () => Values(read()), unit, description);

    private static IEnumerable<Measurement<double>> Values(double? value) => value is { } v && double.IsFinite(v)
        ? [new Measurement<double>(v)] : [];
}
