using EdgeAgent.Answers;
using EdgeAgent.Endpoints.Meters;
using EdgeAgent.Mqtt;
using EdgeAgent.Serving;
using EdgeAgent.Telemetry;
using EdgeAgent.Thermal;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeAgent.Hosting.Modules;

internal static class MetersModule
{
    public static IServiceCollection AddMeters(this IServiceCollection services, AgentSettings settings)
    {
        services
            .AddSingleton<PrometheusExporter>()
            .AddSingleton(s => new DeviceInstruments(s.GetRequiredService<AgentMetrics>(), s.GetRequiredService<StudentRouter>(),
                s.GetRequiredService<EngineSupervisor>(), s.GetRequiredService<ThermalMonitor>(), s.GetRequiredService<BoardMonitor>(),
                s.GetRequiredService<MqttLink>(), s.GetRequiredService<Optional<AnswerCache>>().Value));
        return settings.Telemetry.OtlpEndpoint.Length == 0 ? services : services.AddPart<OtlpPart>("opening the metrics export");
    }
}

/// <summary>Exports metrics where a collector is configured.</summary>
internal sealed class OtlpPart : IAgentPart, IDisposable
{
    private readonly AgentSettings _settings;
    private OtlpExport? _export;

    /// <param name="instruments">The observed ones: they exist from here on.</param>
    public OtlpPart(AgentSettings settings, DeviceInstruments instruments) => (_settings, _) = (settings, instruments);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _export = new OtlpExport(_settings.Telemetry, _settings.Mqtt.Site, _settings.Mqtt.Device,
            typeof(OtlpPart).Assembly.GetName().Version!.ToString(3));
        return Task.CompletedTask;
    }

    public void Dispose() => _export?.Dispose();
}
