using EdgeAgent.Bundles.Slots;
using EdgeAgent.Endpoints.Mqtt;
using EdgeAgent.Evaluation;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;
using EdgeAgent.Serving;
using EdgeAgent.Thermal;
using EdgeAgent.Updates;
using EdgeAgent.Updates.Sources;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Hosting.Modules;

internal static class UpdatesModule
{
    private static readonly HttpClient Downloads = new() { Timeout = TimeSpan.FromSeconds(100) };

    /// <summary>Nothing where updates are switched off or there is no state directory.</summary>
    public static IServiceCollection AddUpdates(this IServiceCollection services, AgentSettings settings)
    {
        if (!settings.Updates.Enabled || settings.StateDirectory.Length == 0) return services;
        return services
            .AddSingleton(settings.Updates)
            .AddSingleton(_ => new UpdateJournal(settings.JournalPath))
            .AddSingleton(s => new KeyRing(settings.Updates.Keys, settings.KeyStatementsPath, s.GetRequiredService<TimeProvider>()))
            .AddSingleton<IUpdateView, UpdateStatusView>()
            .AddSingleton(s => new UpdateReporter(s.GetRequiredService<IUpdateView>(), s.GetRequiredService<TimeProvider>(),
                s.GetRequiredService<ILogger<UpdateReporter>>()))
            .AddSingleton(Loop)
            .AddSingleton<ICommandHandler, ModelUpdateHandler>()
            .AddSingleton<ICommandHandler, KeyRotationHandler>()
            .AddPart<UpdatesPart>("resuming updates");
    }

    private static UpdateLoop Loop(IServiceProvider services)
    {
        var settings = services.GetRequiredService<AgentSettings>();
        var (options, clock) = (settings.Updates, services.GetRequiredService<TimeProvider>());
        var random = new Random((int)Identifiers.Seed());
        var trial = new TrialController(services.GetRequiredService<StudentRouter>(), services.GetRequiredService<StudentOptions>(),
            options.ToTrialLimits(), clock, services.GetRequiredService<ILogger<Student>>());
        var context = new UpdateContext(options, services.GetRequiredService<Optional<SlotStore>>().Value!,
            services.GetRequiredService<UpdateJournal>(), services.GetRequiredService<KeyRing>(), clock, random);
        var host = new UpdateHost(trial, new ChildBundleProbe(options.ProbeTimeout, clock), Admission(services),
            (command, limiter) => Source(services, command, limiter, random));
        return new UpdateLoop(context, host, services.GetRequiredService<UpdateReporter>(), services.GetRequiredService<ILogger<UpdateLoop>>());
    }

    /// <summary>Where a command's bundle comes from: a directory, a web server, or the broker.</summary>
    private static IChunkSource Source(IServiceProvider services, UpdateCommand command, BandwidthLimiter limiter, Random random)
    {
        if (command.Url is { } url)
            return new Uri(url) is { IsFile: true } file
                ? new DirectoryChunkSource(file.LocalPath) : new HttpChunkSource(new Uri(url), limiter, Downloads);
        var settings = services.GetRequiredService<AgentSettings>();
        var clock = services.GetRequiredService<TimeProvider>();
        var link = new DownloadLink(settings.Mqtt, services.GetRequiredService<BrokerPart>().Address, clock,
            services.GetRequiredService<ILogger<DownloadLink>>());
        return new MqttChunkSource(link, services.GetRequiredService<Topics>(), settings.Mqtt.Device, command.Bundle, settings.Updates,
            limiter, clock, random);
    }

    /// <summary>What the device allows now: heat, load, battery, maintenance.</summary>
    private static Func<Admission> Admission(IServiceProvider services)
    {
        var (thermal, board) = (services.GetRequiredService<ThermalMonitor>(), services.GetRequiredService<BoardMonitor>());
        var (router, power) = (services.GetRequiredService<StudentRouter>(), services.GetRequiredService<PowerSupply>());
        var options = services.GetRequiredService<UpdateOptions>();
        return () =>
        {
            var load = router.Current.Engine.Load;
            return DeviceAdmission.Judge(new DeviceCondition(thermal.State.Level >= Level.L1,
                (double)(load.Active + load.Waiting) / load.Rows, power.Discharging(), board.IsMaintenance), options);
        };
    }
}

/// <summary>Goes on with the updates in the journal; shows them anew after every connection.</summary>
internal sealed class UpdatesPart(UpdateLoop updates, ITopicLink link) : IAgentPart
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        link.Reconnected += () =>
        {
            updates.ShowAll();
            return Task.CompletedTask;
        };
        updates.Start();
        return Task.CompletedTask;
    }
}
