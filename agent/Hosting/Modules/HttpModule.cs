using EdgeAgent.Endpoints.Http;
using EdgeAgent.Hosting.Health;
using EdgeAgent.Hosting.Live;
using EdgeAgent.Knowledge;
using EdgeAgent.Queries;
using EdgeAgent.Serving;
using EdgeAgent.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Hosting.Modules;

internal static class HttpModule
{
    /// <summary>The server listens first, so that it can say that the agent loads.</summary>
    public static IServiceCollection AddHttp(this IServiceCollection services, AgentSettings settings)
    {
        if (settings.Http.Listen.Length == 0) return services;
        return services
            .AddSingleton(settings.Http)
            .AddSingleton(s => new HttpDispatcher(settings.Http, () => s.GetRequiredService<RunningSettings>().Http.RequestsPerSecond,
                s.GetRequiredService<AgentMetrics>(), s.GetRequiredService<TimeProvider>(),
                s.GetRequiredService<ILogger<HttpDispatcher>>()))
            .AddSingleton(_ => ServedPages.Load(settings))
            .AddSingleton(s => new HttpServer(settings.Http, settings.Queries, s.GetRequiredService<HttpDispatcher>(),
                s.GetRequiredService<ILoggerFactory>()))
            .AddSingleton<IHealthCheck, HttpCheck>()
            .AddPart<HttpPart>("opening HTTP");
    }

    /// <summary>What it serves, when the rest has started.</summary>
    public static IServiceCollection AddHttpResources(this IServiceCollection services, AgentSettings settings)
    {
        if (settings.Http.Listen.Length == 0) return services;
        return services
            .AddSingleton<IHttpResource>(s => new ChatResource(s.GetRequiredService<QueryIntake>(),
                () => s.GetRequiredService<RunningSettings>().Queries, settings.Http,
                () => s.GetRequiredService<StudentRouter>().Current?.Manifest.Name ?? StudentLoader.NoStudent,
                s.GetRequiredService<AgentMetrics>(), s.GetRequiredService<TimeProvider>()))
            .AddSingleton<IHttpResource, ModelsResource>()
            .AddSingleton<IHttpResource, ModelResource>()
            .AddSingleton<IHttpResource, FeedbackResource>()
            .AddSingleton<IHttpResource>(s => new DocumentResource(s.GetRequiredService<Optional<Manuals>>().Value))
            .AddSingleton<IHttpResource, HealthResource>()
            .AddSingleton<IHttpResource, MetricsResource>()
            .AddPart<HttpServingPart>("serving HTTP");
    }
}

/// <summary>
/// Opens the server. The default port may be somebody else's: then the agent serves without HTTP and says so. An address that was
/// configured must be had.
/// </summary>
internal sealed partial class HttpPart(HttpServer server, HttpDispatcher dispatcher, ServedPages pages, HttpOptions options,
    ILogger<HttpPart> logger) : IAgentPart
{
    /// <summary>Where it listens; null where it does not.</summary>
    public Uri? Address => server.Address;

    /// <summary>Why it does not listen; null where it does.</summary>
    public string? Problem { get; private set; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        dispatcher.OpenPages(pages.Resources);
        try
        {
            await server.StartAsync(cancellationToken).ConfigureAwait(false);
            Listening(logger, server.Address!.ToString());
        }
        catch (IOException e) when (options.Listen == HttpOptions.DefaultListen)
        {
            Problem = e.Message;
            NotListening(logger, e.Message);
        }
    }

    /// <summary>Last of all: queries of HTTP clients are drained before.</summary>
    public Task StopAsync() => server.StopAsync();

    [LoggerMessage(Level = LogLevel.Information, Message = "HTTP listens on {Address}")]
    private static partial void Listening(ILogger logger, string address);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The agent serves without HTTP: {Problem}")]
    private static partial void NotListening(ILogger logger, string problem);
}

/// <summary>From now on HTTP is answered.</summary>
internal sealed class HttpServingPart(HttpDispatcher dispatcher, IEnumerable<IHttpResource> resources) : IAgentPart
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        dispatcher.Open(resources);
        return Task.CompletedTask;
    }
}

/// <summary>Whether HTTP could be opened.</summary>
internal sealed class HttpCheck(HttpPart http) : IHealthCheck
{
    public string Name => "http";

    public HealthFinding Check() => http.Problem is { } problem
        ? new HealthFinding(HealthSeverity.Warning, $"no HTTP API: {problem}",
            "stop what uses the port, or set Http:Listen to a free one (port 0 takes any; empty switches HTTP off)")
        : new HealthFinding(HealthSeverity.Good, $"HTTP listens on {http.Address}");
}
