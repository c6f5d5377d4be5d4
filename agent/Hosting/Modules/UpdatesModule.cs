using EdgeAgent.Bundles.Slots;
using EdgeAgent.Platform;
using EdgeAgent.Serving;
using EdgeAgent.Updates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Hosting.Modules;

internal static class UpdatesModule
{
    /// <summary>Nothing where updates are switched off or there is no state directory.</summary>
    public static IServiceCollection AddUpdates(this IServiceCollection services, AgentSettings settings)
    {
        if (!settings.Updates.Enabled || settings.StateDirectory.Length == 0) return services;
        if (!UpdateCommands.TryAdd(services, settings)) return services;
        return services
            .AddSingleton(settings.Updates)
            .AddSingleton(s => new KeyRing(settings.Updates.Keys, settings.KeyStatementsPath, s.GetRequiredService<TimeProvider>()))
            .AddSingleton(s => new UpdateReporter(s.GetRequiredService<IUpdateView>(), s.GetRequiredService<TimeProvider>(),
                s.GetRequiredService<ILogger<UpdateReporter>>()))
            .AddSingleton(new Random((int)Identifiers.Seed()))
            .AddSingleton<ChunkSources>()
            .AddSingleton<UpdateAdmission>()
            .AddSingleton(s => new UpdateContext(settings.Updates, s.GetRequiredService<Optional<SlotStore>>().Value!,
                s.GetRequiredService<UpdateJournal>(), s.GetRequiredService<KeyRing>(), s.GetRequiredService<TimeProvider>(),
                s.GetRequiredService<Random>()))
            .AddSingleton(Loop)
            .AddPart<UpdatesPart>("resuming updates")
            .AddLibraryUpdates(settings);
    }

    private static UpdateLoop Loop(IServiceProvider services)
    {
        var settings = services.GetRequiredService<AgentSettings>();
        var (options, clock) = (settings.Updates, services.GetRequiredService<TimeProvider>());
        var students = services.GetRequiredService<StudentOptions>();
        var trial = new TrialController(services.GetRequiredService<StudentRouter>(), students,
            options.ToTrialLimits(), clock, services.GetRequiredService<ILogger<Student>>());
        var host = new UpdateHost(trial, ServedStudent.Probe(students, options.ProbeTimeout, clock),
            services.GetRequiredService<UpdateAdmission>().Read,
            services.GetRequiredService<ChunkSources>().Open)
        {
            Engines = services.GetRequiredService<IEngineBuilder>(),
        };
        return new UpdateLoop(services.GetRequiredService<UpdateContext>(), host, services.GetRequiredService<UpdateReporter>(),
            services.GetRequiredService<ILogger<UpdateLoop>>());
    }
}
