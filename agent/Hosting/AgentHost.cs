using EdgeAgent.Hosting.Modules;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;
using EdgeAgent.Queries;
using EdgeAgent.Serving;
using EdgeAgent.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Hosting;

/// <summary>
/// The running agent: its service provider, and its parts started in order. Started means that the student has answered a warm-up
/// question; a site's broker that is away does not hold the start up. Stopping drains: new queries are refused, running answers finish
/// within the bound.
/// </summary>
/// <param name="notifier">systemd's; null elsewhere.</param>
/// <param name="lifetime">Ends the process where the agent cannot go on; null: only the exit code is set.</param>
internal sealed class AgentHost(AgentSettings settings, TimeProvider clock, ILoggerFactory loggers, ISystemdNotifier? notifier = null,
    IHostApplicationLifetime? lifetime = null) : IHostedService, IAsyncDisposable
{
    private readonly DirectoryLock? _lock = settings.StateDirectory.Length > 0 ? DirectoryLock.Take(settings.StateDirectory) : null;
    private readonly ServiceProvider _services = new ServiceCollection()
        .AddAgent(settings, clock, loggers, new StatusLine(notifier), lifetime)
        .BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true });
    private readonly Stack<IAgentPart> _started = new();

    public IServiceProvider Services => _services;

    /// <summary>The broker terminals connect to.</summary>
    public BrokerAddress Broker => _services.GetRequiredService<BrokerPart>().Address;

    /// <summary>Where HTTP clients connect to; null where there is no HTTP.</summary>
    public Uri? Http => _services.GetService<HttpPart>()?.Address;

    /// <summary>The student that serves now.</summary>
    /// <exception cref="InvalidOperationException">None could be loaded.</exception>
    public Student Student => Serving ?? throw new InvalidOperationException("no student is loaded");

    private Student? Serving => _services.GetRequiredService<StudentRouter>().Current;

    public AgentMetrics Metrics => _services.GetRequiredService<AgentMetrics>();

    public QueryIntake Queries => _services.GetRequiredService<QueryIntake>();

    public MqttLink Link => _services.GetRequiredService<MqttLink>();

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var registration in _services.GetServices<PartRegistration>())
        {
            Status.Set(registration.Status);
            var part = (IAgentPart)_services.GetRequiredService(registration.Part);
            _started.Push(part);
            await part.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        Status.Set(Serving is { } student
            ? $"serving {student.Manifest.Name} {student.Manifest.Version} on {student.Provider.Got} " +
                $"(form {student.Provider.Form}), broker {Broker}"
            : $"serving stored answers only: {_services.GetRequiredService<StudentLoader>().Refusal}, broker {Broker}");
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Status.Set("draining");
        await DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        while (_started.TryPop(out var part)) await part.StopAsync().ConfigureAwait(false);
        await _services.DisposeAsync().ConfigureAwait(false);
        _lock?.Dispose();
    }

    private StatusLine Status => _services.GetRequiredService<StatusLine>();
}
