using System.Text.Json.Nodes;
using EdgeAgent.Bundles.Slots;
using EdgeAgent.Endpoints.Mqtt;
using EdgeAgent.Hosting.Health;
using EdgeAgent.Knowledge;
using EdgeAgent.Knowledge.Storage;
using EdgeAgent.Platform;
using EdgeAgent.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Hosting.Modules;

internal static class KnowledgeModule
{
    public static IServiceCollection AddKnowledge(this IServiceCollection services) => services
        .AddSingleton(s => s.GetRequiredService<AgentSettings>() is { Updates.Enabled: true, StateDirectory.Length: > 0 } settings
            ? new LibrarySlots(new SlotStore(settings.LibrariesPath, kind: LibraryArtefact.Kind)) : new LibrarySlots(null))
        .AddSingleton(s => new Optional<Manuals>(s.GetRequiredService<AgentSettings>().Knowledge is var options
            && (options.Library.Length > 0 || s.GetRequiredService<LibrarySlots>().Store is not null) ? new Manuals(options) : null))
        .AddSingleton<IHealthCheck, LibraryCheck>()
        .AddSingleton<ITelemetrySource, LibraryTelemetry>()
        .AddPart<LibraryPart>("loading the manuals");
}

/// <summary>Which library answers, and how large it is.</summary>
internal sealed class LibraryTelemetry(Optional<Manuals> manuals) : ITelemetrySource
{
    public void Write(JsonObject telemetry)
    {
        if (manuals.Value is not { IsInUse: true } asked) return;
        telemetry["library"] = asked.Library?.Version;
        telemetry["library_documents"] = asked.Library?.Documents.Count;
        telemetry["library_passages"] = asked.Library?.Passages;
    }
}

/// <summary>The libraries that came by update; null where there can be none.</summary>
internal sealed record LibrarySlots(SlotStore? Store);

/// <summary>
/// Loads the library at the start, and again when it has changed on disk: the installed one, else the configured one. What cannot be
/// loaded is logged; the library before goes on answering.
/// </summary>
internal sealed partial class LibraryPart(Optional<Manuals> manuals, LibrarySlots slots, AgentSettings settings, TimeProvider clock,
    ILogger<LibraryPart> logger) : IAgentPart, IAsyncDisposable
{
    /// <summary>Time between two looks at the directory.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly LoopEdge _edge = new(logger, "load the manuals again");
    private readonly Lock _lock = new();
    private ITimer? _timer;
    private (string Path, DateTime Changed) _loaded;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (manuals.Value is null) return Task.CompletedTask;
        Look();
        if (manuals.Value.Library is null && manuals.Value.Failure is not null && Installed is not null) Load(settings.Knowledge.Library);
        _timer = clock.CreateTimer(_ => _edge.Run(Look), null, Interval, Interval);
        return Task.CompletedTask;
    }

    /// <summary>Loads the library where it has changed since it was loaded.</summary>
    internal void Look()
    {
        if (!_lock.TryEnter()) return; // a large library takes longer than the interval
        try
        {
            var path = Installed ?? settings.Knowledge.Library;
            if (path.Length == 0) return;
            var now = (path, new LibraryDirectory(path).ChangedAt);
            if (now == _loaded && manuals.Value!.Library is not null) return;
            _loaded = now;
            Load(path);
        }
        finally
        {
            _lock.Exit();
        }
    }

    private string? Installed => slots.Store is { Serving: { } serving } store ? store.PathOf(serving.Slot) : null;

    private void Load(string path)
    {
        if (path.Length == 0) return;
        try
        {
            var library = Library.Load(path);
            if (manuals.Value!.Library?.Version == library.Version && manuals.Value.Library.Damaged.SequenceEqual(library.Damaged))
            {
                manuals.Value.Failure = null;
                return;
            }
            manuals.Value.Serve(library);
            Loaded(logger, library.Documents.Count, library.Passages, library.Version);
            foreach (var damaged in library.Damaged) Damaged(logger, damaged);
        }
        catch (Exception e) when (e is LibraryException || DiskErrors.Include(e))
        {
            if (manuals.Value!.Failure != e.Message) Unusable(logger, e.Message);
            manuals.Value.Failure = e.Message;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_timer is { } timer) await timer.DisposeAsync().ConfigureAwait(false);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The manuals: {Documents} documents, {Passages} passages, library {Version}")]
    private static partial void Loaded(ILogger logger, int documents, int passages, string version);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A document of the manuals is left out: {Reason}")]
    private static partial void Damaged(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The manuals cannot be loaded: {Reason}")]
    private static partial void Unusable(ILogger logger, string reason);
}
