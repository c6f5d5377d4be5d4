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
        .AddSingleton(s => new Optional<Manuals>(s.GetRequiredService<AgentSettings>().Knowledge is { Library.Length: > 0 } options
            ? new Manuals(options) : null))
        .AddSingleton<IHealthCheck, LibraryCheck>()
        .AddPart<LibraryPart>("loading the manuals");
}

/// <summary>
/// Loads the library at the start, and again when it has changed on disk. What cannot be loaded is logged; the library before goes on
/// answering.
/// </summary>
internal sealed partial class LibraryPart(Optional<Manuals> manuals, AgentSettings settings, TimeProvider clock,
    ILogger<LibraryPart> logger) : IAgentPart, IAsyncDisposable
{
    /// <summary>Time between two looks at the directory.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly LoopEdge _edge = new(logger, "load the manuals again");
    private readonly Lock _lock = new();
    private ITimer? _timer;
    private DateTime _loaded;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (manuals.Value is null) return Task.CompletedTask;
        Look();
        _timer = clock.CreateTimer(_ => _edge.Run(Look), null, Interval, Interval);
        return Task.CompletedTask;
    }

    /// <summary>Loads the library where it has changed since it was loaded.</summary>
    internal void Look()
    {
        if (!_lock.TryEnter()) return; // a large library takes longer than the interval
        try
        {
            var path = settings.Knowledge.Library;
            var changed = new LibraryDirectory(path).ChangedAt;
            if (changed == _loaded && manuals.Value!.Library is not null) return;
            _loaded = changed;
            var library = Library.Load(path);
            manuals.Value!.Serve(library);
            Loaded(logger, library.Documents.Count, library.Passages, library.Version);
            foreach (var damaged in library.Damaged) Damaged(logger, damaged);
        }
        catch (Exception e) when (e is LibraryException || DiskErrors.Include(e))
        {
            if (manuals.Value!.Failure != e.Message) Unusable(logger, e.Message);
            manuals.Value.Failure = e.Message;
        }
        finally
        {
            _lock.Exit();
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
