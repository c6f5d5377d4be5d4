using EdgeAgent.Hosting.Modules;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Hosting;

/// <summary>Everything the agent is made of: one module per slice. The order of the parts is the order of the start.</summary>
internal static class AgentServices
{
    /// <param name="lifetime">Null where nobody waits for the process's end.</param>
    public static IServiceCollection AddAgent(this IServiceCollection services, AgentSettings settings, TimeProvider clock,
        ILoggerFactory loggers, StatusLine status, IHostApplicationLifetime? lifetime)
    {
        services.AddSingleton(settings).AddSingleton(clock).AddSingleton(loggers).AddSingleton(status);
        services.TryAddSingleton(typeof(ILogger<>), typeof(Logger<>));
        return services
            .AddSingleton(new ProcessEnd(lifetime))
            .AddTelemetry()
            .AddHttp(settings)
            .AddBroker()
            .AddServing()
            .AddPrivacy()
            .AddThermal()
            .AddKnowledge()
            .AddAnswers()
            .AddMqtt()
            .AddQueries()
            .AddUpdates(settings)
            .AddMeters(settings)
            .AddHttpResources(settings)
            .AddHomeAssistant()
            .AddLive()
            .AddEndpoints()
            .AddHealth()
            .AddPart<ServiceStatus>("showing the status")
            .AddWatchdog();
    }
}

/// <summary>Ends the process as failed, so that the service manager starts another.</summary>
internal sealed class ProcessEnd(IHostApplicationLifetime? lifetime)
{
    public void Fail()
    {
        Environment.ExitCode = 1;
        lifetime?.StopApplication();
    }
}
