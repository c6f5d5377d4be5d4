using EdgeAgent.Bundles.Slots;
using EdgeAgent.Inference.Decoders.Prepared;
using EdgeAgent.Platform;
using EdgeAgent.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Hosting.Modules;

internal static class ServingModule
{
    public static IServiceCollection AddServing(this IServiceCollection services) => services
        .AddSingleton(Options)
        .AddSingleton(s => s.GetRequiredService<AgentSettings>() is { Updates.Enabled: true, StateDirectory.Length: > 0 } settings
            ? new Optional<SlotStore>(new SlotStore(settings.SlotsPath)) : new Optional<SlotStore>(null))
        .AddSingleton<StudentLoader>()
        .AddSingleton(s => new StudentRouter(s.GetRequiredService<StudentLoader>().LoadServing(), s.GetRequiredService<TimeProvider>()))
        .AddSingleton(Supervisor)
        .AddSingleton<IEngineBuilder>(s => new ChildEngineBuilder(s.GetRequiredService<StudentOptions>(),
            s.GetRequiredService<TimeProvider>()))
        .AddSingleton(Upgrade)
        .AddPart<ServingPart>("loading the student")
        .AddPart<EnginesPart>("looking for engines");

    private static StudentOptions Options(IServiceProvider services) => ServedStudent.Options(
        services.GetRequiredService<AgentSettings>(), services.GetRequiredService<TimeProvider>(),
        services.GetRequiredService<ILogger<PreparedStore>>());

    private static EngineUpgrade Upgrade(IServiceProvider services)
    {
        var (options, clock) = (services.GetRequiredService<StudentOptions>(), services.GetRequiredService<TimeProvider>());
        var logger = services.GetRequiredService<ILogger<Student>>();
        return new EngineUpgrade(services.GetRequiredService<StudentRouter>(), services.GetRequiredService<IEngineBuilder>(),
            (directory, cancellation) => WarmUp.LoadAsync(directory, options, clock, logger, cancellation),
            services.GetRequiredService<ILogger<EngineUpgrade>>());
    }

    private static EngineSupervisor Supervisor(IServiceProvider services)
    {
        var (options, clock) = (services.GetRequiredService<StudentOptions>(), services.GetRequiredService<TimeProvider>());
        var logger = services.GetRequiredService<ILogger<Student>>();
        return new EngineSupervisor(services.GetRequiredService<StudentRouter>(),
            (directory, providers, cancellation) =>
                WarmUp.LoadAsync(directory, options with { Providers = providers }, clock, logger, cancellation),
            options.Providers, services.GetRequiredService<AgentSettings>().Supervisor, clock,
            services.GetRequiredService<ILogger<EngineSupervisor>>());
    }
}

/// <summary>Loads the installed student, or where that cannot be loaded the one the device came with: one always serves.</summary>
internal sealed partial class StudentLoader(AgentSettings settings, Optional<SlotStore> slots, StudentOptions options, TimeProvider clock,
    ILogger<StudentLoader> logger)
{
    /// <exception cref="ModelFileException">Neither can be used.</exception>
    public Student LoadServing()
    {
        var student = Installed() ?? Student.Load(settings.ModelDirectory, options, clock, logger);
        var manifest = student.Manifest;
        Loaded(logger, manifest.Name, manifest.Version, student.Provider.ToString(), student.LoadTime.TotalMilliseconds, student.Rows,
            student.Context);
        return student;
    }

    private Student? Installed()
    {
        if (slots.Value is not { } store) return null;
        if (store.IsPointerDamaged) PointerDamaged(logger);
        if (store.Serving is not { } serving) return null;
        try
        {
            return Student.Load(store.PathOf(serving.Slot), options, clock, logger);
        }
        catch (Exception e) when (e is not OutOfMemoryException) // whatever is wrong with it, the device serves
        {
            InstalledUnusable(logger, serving.Slot, e);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Information,
        Message = "Student {Name} {Version} on {Provider}, loaded in {Milliseconds:F0} ms, {Rows} rows of {Context} tokens")]
    private static partial void Loaded(ILogger logger, string name, string version, string provider, double milliseconds, int rows,
        int context);

    [LoggerMessage(Level = LogLevel.Error,
        Message = "models/serving.json is damaged; the installed student with the highest release serves, or the bundled one")]
    private static partial void PointerDamaged(ILogger logger);

    [LoggerMessage(Level = LogLevel.Error, Message = "The student installed in slot {Slot} cannot be used; the bundled student serves")]
    private static partial void InstalledUnusable(ILogger logger, string slot, Exception e);
}

/// <summary>Engines that are missing are built while the student serves on another provider.</summary>
internal sealed class EnginesPart(EngineUpgrade upgrade) : IAgentPart, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _building = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _building = Task.Run(() => upgrade.RunAsync(_stop.Token), cancellationToken);
        return Task.CompletedTask;
    }

    /// <summary>Ends a build that runs; it begins again at the next start.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _building.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _stop.Dispose();
}

/// <summary>The student answers once before anything else starts; repeated engine hangs end the process.</summary>
internal sealed partial class ServingPart(StudentRouter router, EngineSupervisor supervisor, ProcessEnd process,
    ILogger<ServingPart> logger)
    : IAgentPart
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await WarmUp.RunAsync(router, cancellationToken).ConfigureAwait(false);
        supervisor.Unrecoverable += () =>
        {
            EnginesHang(logger);
            process.Fail();
        };
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "Repeated engine hangs; exiting")]
    private static partial void EnginesHang(ILogger logger);
}
