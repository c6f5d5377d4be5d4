using EdgeAgent.Answers;
using EdgeAgent.Endpoints.Mqtt;
using EdgeAgent.Hosting.Live;
using EdgeAgent.Mqtt;
using EdgeAgent.Queries;
using EdgeAgent.Serving;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeAgent.Hosting.Modules;

internal static class EndpointsModule
{
    public static IServiceCollection AddEndpoints(this IServiceCollection services) => services
        .AddSingleton<StatusPublisher>()
        .AddSingleton(s => new QueryContext(s.GetRequiredService<QueryOptions>(),
            () => s.GetRequiredService<StudentRouter>().Current?.Manifest.Name ?? StudentLoader.NoStudent,
            s.GetRequiredService<IReplyPublisher>())
        {
            Live = () => s.GetRequiredService<RunningSettings>().Queries,
            // a site's broker binds them by its own rules (provisioning/mosquitto/acl)
            AreRepliesBound = () => s.GetRequiredService<BrokerPart>().Embedded?.HasUsers ?? true
        })
        .AddSingleton<QueryEndpoint>()
        .AddSingleton<ICommandHandler>(s => new AnswersCorrectHandler(s.GetRequiredService<Optional<AnswerCache>>().Value))
        .AddSingleton<ICommandHandler>(s => new AnswersPurgeHandler(s.GetRequiredService<Optional<AnswerCache>>().Value))
        .AddSingleton<CommandEndpoint>()
        .AddSingleton<ITelemetrySource, BoardTelemetry>()
        .AddSingleton<ITelemetrySource, EngineTelemetry>()
        .AddSingleton<ITelemetrySource>(s => new AnswerTelemetry(s.GetRequiredService<Optional<AnswerCache>>().Value))
        .AddSingleton<ITelemetrySource, BusinessTelemetry>()
        .AddSingleton<ITelemetrySource, LinkTelemetry>()
        .AddSingleton<TelemetryPublisher>()
        .AddPart<MqttEndpointsPart>("connecting to the broker")
        .AddPart<LinkWatch>("watching the link");
}

/// <summary>
/// Subscribes the endpoints and connects. The embedded broker is waited for, a site's broker is not. Stops first: queries are drained
/// while the link still carries replies.
/// </summary>
internal sealed class MqttEndpointsPart(MqttLink link, QueryEndpoint queries, CommandEndpoint commands, TelemetryPublisher telemetry,
    Topics topics, BrokerPart broker, TimeProvider clock) : IAgentPart
{
    private static readonly TimeSpan EmbeddedConnectTimeout = TimeSpan.FromSeconds(10);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await link.SubscribeAsync(topics.Commands, wantsRetained: true, commands.Receive).ConfigureAwait(false);
        link.Reconnected += () =>
        {
            telemetry.Publish();
            return Task.CompletedTask;
        };
        telemetry.Start();
        link.Start();
        if (broker.IsEmbedded) await link.Connected.WaitAsync(EmbeddedConnectTimeout, clock, cancellationToken).ConfigureAwait(false);
    }

    public async Task StopAsync()
    {
        await link.LeavePoolAsync().ConfigureAwait(false);
        await queries.DrainAsync().ConfigureAwait(false);
    }
}
