using EdgeAgent.Endpoints.Mqtt;
using EdgeAgent.Mqtt;
using EdgeAgent.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Hosting.Modules;

internal static class HomeAssistantModule
{
    public static IServiceCollection AddHomeAssistant(this IServiceCollection services) => services
        .AddSingleton(s => new HomeAssistantPublisher(s.GetRequiredService<IReplyPublisher>(),
            s.GetRequiredService<AgentSettings>() is { StateDirectory.Length: > 0 } settings ? settings.HomeAssistantPath : null,
            s.GetRequiredService<ILogger<HomeAssistantPublisher>>()))
        .AddPart<HomeAssistantPart>("announcing the device");
}

/// <summary>Announces the device after every connection and when another student serves; clears it where it is switched off.</summary>
internal sealed class HomeAssistantPart(HomeAssistantPublisher publisher, MqttLink link, Topics topics, StudentRouter router,
    AgentSettings settings) : IAgentPart
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        link.Reconnected += ShowAsync;
        router.Serving += () =>
        {
            if (link.IsConnected) _ = ShowAsync();
        };
        return Task.CompletedTask;
    }

    private Task ShowAsync()
    {
        // not waited for: the broker's answer must not hold up what else follows a connection
        _ = publisher.ShowAsync(settings.Mqtt.HomeAssistant ? topics.HomeAssistant : null, () => HomeAssistantDevice.Describe(topics,
            settings.Mqtt.Site, settings.Mqtt.Device, router.Current?.Manifest.Name ?? StudentLoader.NoStudent,
            typeof(HomeAssistantPart).Assembly.GetName().Version!.ToString(3)));
        return Task.CompletedTask;
    }
}
