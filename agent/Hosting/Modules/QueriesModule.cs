using EdgeAgent.Answers;
using EdgeAgent.Knowledge;
using EdgeAgent.Privacy;
using EdgeAgent.Queries;
using EdgeAgent.Serving;
using EdgeAgent.Telemetry;
using EdgeAgent.Thermal;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeAgent.Hosting.Modules;

internal static class QueriesModule
{
    public static IServiceCollection AddQueries(this IServiceCollection services) => services
        .AddSingleton(s => s.GetRequiredService<AgentSettings>().Queries)
        .AddSingleton(Services)
        .AddSingleton<QueryHandler>()
        .AddSingleton<QueryIntake>()
        .AddSingleton(s => new FeedbackHandler(s.GetRequiredService<AgentMetrics>(),
            s.GetRequiredService<Optional<AnswerCache>>().Value));

    private static QueryServices Services(IServiceProvider services)
    {
        var (router, board) = (services.GetRequiredService<StudentRouter>(), services.GetRequiredService<BoardMonitor>());
        return new QueryServices(new SupervisedChatClient(router, services.GetRequiredService<EngineSupervisor>()),
            () => router.Current.Manifest.Name, services.GetRequiredService<PrivacyExchanges>(),
            services.GetRequiredService<Optional<AnswerCache>>().Value, services.GetRequiredService<IThermalGate>(),
            () => board.JoulesPerRow, services.GetRequiredService<Optional<Manuals>>().Value);
    }
}
