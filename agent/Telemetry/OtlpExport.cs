using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace EdgeAgent.Telemetry;

/// <summary>
/// Sends the agent's metrics to a collector (OTLP over HTTP, protobuf). Where the collector is away an export is lost, and the next one
/// holds the sums: nothing piles up.
/// </summary>
internal sealed class OtlpExport : IDisposable
{
    private readonly MeterProvider _provider;

    /// <param name="site">Site and device name the resource: <c>service.namespace</c> and <c>service.instance.id</c>.</param>
    public OtlpExport(TelemetryOptions options, string site, string device, string version) => _provider =
        Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(r => r.Clear().AddService("edge-agent", site, version, autoGenerateServiceInstanceId: false, device))
            .AddMeter(AgentMetrics.MeterName)
            .AddOtlpExporter((otlp, reader) =>
            {
                otlp.Protocol = OtlpExportProtocol.HttpProtobuf;
                otlp.Endpoint = new Uri(new Uri(options.OtlpEndpoint.TrimEnd('/') + "/"), "v1/metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)options.OtlpInterval.TotalMilliseconds;
            })
            .Build();

    public void Dispose() => _provider.Dispose();
}
