using System.Diagnostics.Metrics;
using System.Globalization;

namespace EdgeAgent.Telemetry;

/// <summary>
/// Adds up what the agent's meter says and writes it in Prometheus' text format (version 0.0.4), with the names that OpenTelemetry's
/// compatibility rules give. Bounded: of an instrument, series beyond <see cref="MaxSeries"/> are dropped and counted. Safe for concurrent
/// use.
/// </summary>
internal sealed class PrometheusExporter : IDisposable
{
    public const int MaxSeries = 200;
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";
    private readonly MeterListener _listener = new();
    private readonly List<MetricFamily> _families = [];
    private readonly Lock _lock = new();

    /// <param name="metrics">The agent whose meter it hears; those of other agents in the process are not counted.</param>
    public PrometheusExporter(AgentMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter != metrics.Meter) return;
            var family = new MetricFamily(instrument);
            lock (_lock) _families.Add(family);
            listener.EnableMeasurementEvents(instrument, family);
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, state) => ((MetricFamily)state!).Add(value, tags));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, state) => ((MetricFamily)state!).Add(value, tags));
        _listener.Start();
    }

    /// <summary>All metrics as they stand now.</summary>
    public string Read()
    {
        List<MetricFamily> families;
        lock (_lock) families = [.. _families.OrderBy(f => f.Name, StringComparer.Ordinal)];
        foreach (var family in families) family.BeginReading();
        _listener.RecordObservableInstruments();
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        foreach (var family in families) family.WriteTo(text);
        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();
}
