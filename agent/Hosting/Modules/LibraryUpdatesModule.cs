using EdgeAgent.Endpoints.Mqtt;
using EdgeAgent.Hosting.Watchdog;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;
using EdgeAgent.Updates;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeAgent.Hosting.Modules;

/// <summary>Goes on with the library's updates; shows them anew after every connection.</summary>
internal sealed class LibraryUpdatesPart(LibraryUpdates updates, ITopicLink link) : IAgentPart
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        link.Reconnected += () =>
        {
            updates.Loop.ShowAll();
            return Task.CompletedTask;
        };
        updates.Loop.Start();
        return Task.CompletedTask;
    }
}

internal static class LibraryUpdatesModule
{
    /// <summary>A journal that cannot be written is no reason not to serve: who sends an update is told.</summary>
    public static IServiceCollection AddLibraryUpdates(this IServiceCollection services, AgentSettings settings)
    {
        try
        {
            var journal = new UpdateJournal(settings.LibraryJournalPath);
            return services
                .AddSingleton(s => new LibraryUpdates(journal, s))
                .AddSingleton<ICommandHandler>(s =>
                    new UpdateHandler(Operations.LibraryUpdate, s.GetRequiredService<LibraryUpdates>().Loop))
                .AddSingleton(s => WatchedLoop.Of("library update", s.GetRequiredService<LibraryUpdates>().Context.Pulse))
                .AddPart<LibraryUpdatesPart>("resuming the library's updates");
        }
        catch (Exception e) when (DiskErrors.Include(e))
        {
            return services.AddSingleton<ICommandHandler>(new RefusingHandler(Operations.LibraryUpdate, e.Message));
        }
    }
}
