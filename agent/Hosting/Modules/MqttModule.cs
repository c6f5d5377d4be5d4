using System.Globalization;
using EdgeAgent.Bundles.Slots;
using EdgeAgent.Endpoints.Mqtt;
using EdgeAgent.Knowledge;
using EdgeAgent.Mqtt;
using EdgeAgent.Mqtt.Broker;
using EdgeAgent.Serving;
using EdgeAgent.Thermal;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Hosting.Modules;

internal static class MqttModule
{
    public static IServiceCollection AddMqtt(this IServiceCollection services) => services
        .AddSingleton(s => s.GetRequiredService<AgentSettings>().Mqtt is var mqtt ? new Topics(mqtt.Site, mqtt.Device) : null!)
        .AddSingleton(Link)
        .AddSingleton<ITopicLink>(s => s.GetRequiredService<MqttLink>())
        .AddSingleton<IReplyPublisher>(s => s.GetRequiredService<MqttLink>())
        .AddSingleton<IStatusPublisher>(s => s.GetRequiredService<MqttLink>());

    private static MqttLink Link(IServiceProvider services)
    {
        var (settings, clock) = (services.GetRequiredService<AgentSettings>(), services.GetRequiredService<TimeProvider>());
        var store = settings.StateDirectory.Length == 0 ? null
            : OutboxStore.Open(settings.OutboxPath, clock, services.GetRequiredService<ILogger<OutboxStore>>());
        var router = services.GetRequiredService<StudentRouter>();
        var board = services.GetRequiredService<BoardMonitor>();
        var manuals = services.GetRequiredService<Optional<Manuals>>().Value;
        var libraries = services.GetRequiredService<LibrarySlots>().Store;
        // the link hands queries to the endpoint, the endpoint replies through the link
        var endpoint = new Lazy<QueryEndpoint>(services.GetRequiredService<QueryEndpoint>);
        var broker = services.GetRequiredService<BrokerPart>();
        var link = new MqttLink(settings.Mqtt, broker.Addresses, clock,
            services.GetRequiredService<ILogger<MqttLink>>(), message => endpoint.Value.Receive(message),
            () => Describe(router.Current, board, broker.Embedded?.Report)
                .Concat(LibraryFields(manuals, libraries)).ToDictionary(), store);
        board.ProblemsChanged += link.ShowState;
        router.Serving += link.ShowState; // whoever takes over, on whatever provider
        if (manuals is not null) manuals.Changed += link.ShowState;
        return link;
    }

    /// <summary>Which library answers: its version; of one that came by update also its release and digest; what is on trial.</summary>
    private static IEnumerable<KeyValuePair<string, string>> LibraryFields(Manuals? manuals, SlotStore? slots)
    {
        if (manuals is not { IsInUse: true } && slots?.Trial is null) yield break;
        yield return new("library", manuals?.Library?.Version ?? "");
        if (slots?.Serving is { } serving)
        {
            yield return new("library_release", serving.Release.ToString(CultureInfo.InvariantCulture));
            yield return new("library_digest", serving.Bundle);
        }
        if (slots?.Trial is { } trial) yield return new("library_trial", trial.Bundle);
    }

    /// <summary>What the state topic says beside online, session and since.</summary>
    private static Dictionary<string, string> Describe(Student? student, BoardMonitor board, BrokerReport? broker)
    {
        var fields = new Dictionary<string, string>
        {
            ["model"] = student?.Manifest.Name ?? StudentLoader.NoStudent,
            ["version"] = student?.Manifest.Version ?? "",
            ["provider"] = student?.Provider.Got.ToString() ?? "",
            ["provider_form"] = student?.Provider.Form ?? "",
            ["provider_asked"] = string.Join(", ", student?.Provider.Asked ?? []),
            ["provider_why"] = string.Join("; ", student?.Provider.Reasons ?? []),
            ["cabinet"] = board.Latest.Cabinet is { } climate
                ? string.Create(CultureInfo.InvariantCulture, $"{climate.Celsius:F1} C, {climate.HumidityPercent:F0} %") : "",
            ["board_problems"] = string.Join("; ", board.Problems),
            ["agent"] = typeof(MqttModule).Assembly.GetName().Version!.ToString(3),
        };
        if (broker is { Refused: > 0 })
        {
            fields["broker_refused"] = broker.Refused.ToString(CultureInfo.InvariantCulture);
            fields["broker_last_refusal"] = broker.LastRefusal ?? "";
        }
        if (broker is { Dropped: > 0 }) fields["broker_dropped"] = broker.Dropped.ToString(CultureInfo.InvariantCulture);
        return fields;
    }
}
