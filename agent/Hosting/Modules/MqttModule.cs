using EdgeAgent.Endpoints.Mqtt;
using EdgeAgent.Mqtt;
using EdgeAgent.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Hosting.Modules;

internal static class MqttModule
{
    public static IServiceCollection AddMqtt(this IServiceCollection services) => services
        .AddSingleton(s => s.GetRequiredService<AgentSettings>().Mqtt is var mqtt ? new Topics(mqtt.Site, mqtt.Device) : null!)
        .AddSingleton(TruthfulLink)
        .AddSingleton<ITopicLink>(s => s.GetRequiredService<MqttLink>())
        .AddSingleton<IReplyPublisher>(s => s.GetRequiredService<MqttLink>())
        .AddSingleton<IStatusPublisher>(s => s.GetRequiredService<MqttLink>());

    /// <summary>Whoever takes over, on whatever provider: the retained state says it.</summary>
    private static MqttLink TruthfulLink(IServiceProvider services)
    {
        var link = Link(services);
        services.GetRequiredService<StudentRouter>().Serving += link.ShowState;
        return link;
    }

    private static MqttLink Link(IServiceProvider services)
    {
        var (settings, clock) = (services.GetRequiredService<AgentSettings>(), services.GetRequiredService<TimeProvider>());
        var store = settings.StateDirectory.Length == 0 ? null
            : OutboxStore.Open(settings.OutboxPath, clock, services.GetRequiredService<ILogger<OutboxStore>>());
        var router = services.GetRequiredService<StudentRouter>();
        // the link hands queries to the endpoint, the endpoint replies through the link
        var endpoint = new Lazy<QueryEndpoint>(services.GetRequiredService<QueryEndpoint>);
        return new MqttLink(settings.Mqtt, services.GetRequiredService<BrokerPart>().Addresses, clock,
            services.GetRequiredService<ILogger<MqttLink>>(), message => endpoint.Value.Receive(message), () => Describe(router.Current),
            store);
    }

    /// <summary>What the state topic says beside online, session and since.</summary>
    private static Dictionary<string, string> Describe(Student student) => new()
    {
        ["model"] = student.Manifest.Name,
        ["version"] = student.Manifest.Version,
        ["provider"] = student.Provider.Got.ToString(),
        ["provider_form"] = student.Provider.Form,
        ["provider_asked"] = string.Join(", ", student.Provider.Asked),
        ["provider_why"] = string.Join("; ", student.Provider.Reasons),
        ["agent"] = typeof(MqttModule).Assembly.GetName().Version!.ToString(3),
    };
}
