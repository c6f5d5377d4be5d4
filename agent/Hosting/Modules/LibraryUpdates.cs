using EdgeAgent.Endpoints.Mqtt;
using EdgeAgent.Knowledge;
using EdgeAgent.Mqtt;
using EdgeAgent.Updates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Hosting.Modules;

/// <summary>
/// Updates of the library: a journal, slots and a loop of their own beside the student's; keys, sources and limits are shared.
/// </summary>
internal sealed class LibraryUpdates : IAsyncDisposable
{
    private readonly UpdateJournal _journal;
    private readonly UpdateReporter _reporter;

    public LibraryUpdates(UpdateJournal journal, IServiceProvider services)
    {
        var (settings, clock) = (services.GetRequiredService<AgentSettings>(), services.GetRequiredService<TimeProvider>());
        var slots = services.GetRequiredService<LibrarySlots>().Store!;
        var manuals = services.GetRequiredService<Optional<Manuals>>().Value!;
        _journal = journal;
        _reporter = new UpdateReporter(new UpdateStatusView(services.GetRequiredService<StatusPublisher>(),
            services.GetRequiredService<Topics>(), Operations.LibraryUpdate, services.GetRequiredService<MqttLink>().ShowState), clock,
            services.GetRequiredService<ILogger<UpdateReporter>>());
        var options = settings.Updates;
        Context = new UpdateContext(options, slots, journal, services.GetRequiredService<KeyRing>(), clock,
            services.GetRequiredService<Random>());
        var host = new UpdateHost(
            new LibraryTrials(manuals, slots, settings.Knowledge.Library, options.ToTrialLimits(), clock),
            new LibraryProbe(settings.Knowledge), services.GetRequiredService<UpdateAdmission>().Read,
            services.GetRequiredService<ChunkSources>().Open);
        Loop = new UpdateLoop(Context, host, _reporter, services.GetRequiredService<ILogger<UpdateLoop>>());
    }

    public UpdateContext Context { get; }

    public UpdateLoop Loop { get; }

    public async ValueTask DisposeAsync()
    {
        await Loop.DisposeAsync().ConfigureAwait(false);
        await _reporter.DisposeAsync().ConfigureAwait(false);
        _journal.Dispose();
    }
}
