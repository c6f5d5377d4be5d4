using EdgeAgent.Endpoints.Mqtt;
using EdgeAgent.Hosting.Health;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;
using EdgeAgent.Updates;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeAgent.Hosting.Modules;

/// <summary>The journal of updates, which also keeps a second agent off the state directory, and the commands that need it.</summary>
internal static class UpdateCommands
{
    /// <returns>False where the journal cannot be written: the device serves without updates, and says why to who sends one.</returns>
    /// <exception cref="IOException">Another agent uses the state directory.</exception>
    public static bool TryAdd(IServiceCollection services, AgentSettings settings)
    {
        try
        {
            var journal = new UpdateJournal(settings.JournalPath);
            services.AddSingleton(_ => journal)
                .AddSingleton<IUpdateView>(s => new UpdateStatusView(s.GetRequiredService<StatusPublisher>(),
                    s.GetRequiredService<Topics>(), Operations.ModelUpdate))
                .AddSingleton<ICommandHandler>(s => new UpdateHandler(Operations.ModelUpdate, s.GetRequiredService<UpdateLoop>()))
                .AddSingleton<ICommandHandler, KeyRotationHandler>();
            return true;
        }
        catch (Exception e) when (DiskErrors.IsInUse(e))
        {
            throw new IOException($"another edge-agent uses the state directory '{settings.StateDirectory}': stop it, or give this one " +
                "its own with --state", e);
        }
        catch (Exception e) when (DiskErrors.Include(e))
        {
            services.AddSingleton<ICommandHandler>(new RefusingHandler(Operations.ModelUpdate, e.Message))
                .AddSingleton<ICommandHandler>(new RefusingHandler(Operations.LibraryUpdate, e.Message))
                .AddSingleton<ICommandHandler>(new RefusingHandler(Operations.KeyRotation, e.Message))
                .AddSingleton<IHealthCheck>(new UpdatesCheck(e.Message));
            return false;
        }
    }
}
