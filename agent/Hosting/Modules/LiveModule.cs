using EdgeAgent.Endpoints.Mqtt;
using EdgeAgent.Hosting.Live;
using EdgeAgent.Mqtt;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeAgent.Hosting.Modules;

internal static class LiveModule
{
    public static IServiceCollection AddLive(this IServiceCollection services) => services
        .AddSingleton<RunningSettings>()
        .AddSingleton(s => new ConfigureHandler(s.GetRequiredService<RunningSettings>(), s.GetRequiredService<StatusPublisher>(),
            () => s.GetRequiredService<MqttLink>().IsConnected,
            s.GetRequiredService<AgentSettings>() is { StateDirectory.Length: > 0 } settings ? settings.ConfiguredPath : null,
            s.GetRequiredService<TimeProvider>()))
        .AddSingleton<ICommandHandler>(s => s.GetRequiredService<ConfigureHandler>())
        .AddPart<LivePart>("reading changed options");
}

/// <summary>Takes up the options that were changed before the last end.</summary>
internal sealed class LivePart(ConfigureHandler configure) : IAgentPart
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        configure.Resume();
        return Task.CompletedTask;
    }
}
