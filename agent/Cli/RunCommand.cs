using System.CommandLine;
using EdgeAgent.Hosting;
using EdgeAgent.Hosting.Configuration;
using EdgeAgent.Platform;
using EdgeAgent.Privacy;
using EdgeAgent.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent run</c>: the service. READY is sent when the student has answered; SIGTERM and Ctrl-C drain.</summary>
internal static class RunCommand
{
    /// <summary>What stopping may take beside the drain.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(15);

    public static Command Create(TimeProvider clock)
    {
        var config = new Option<string?>("--config") { Description = $"Configuration file; default {AgentSettings.SystemFile}." };
        var flags = new (Option<string?> Option, string Key)[]
        {
            (new("--broker") { Description = "mqtt://host[:port] of a site broker; without it the embedded broker listens." },
                "Mqtt:Broker"),
            (new("--listen") { Description = "ADDRESS:PORT of the embedded broker; port 0 lets the system pick." }, "Mqtt:Listen"),
            (new("--http") { Description = "ADDRESS:PORT of the HTTP API; port 0 lets the system pick, '' switches it off." },
                "Http:Listen"),
            (new("--site") { Description = "Site in the topics." }, "Mqtt:Site"),
            (new("--device") { Description = "Device in the topics." }, "Mqtt:Device"),
            (new("--model") { Description = "Bundle directory; default: the bundled student." }, "Student:Model"),
            (new("--simulate-heat") { Description = "CSV of temperatures (t_s, tj_c, ...) that stand for the sensors." }, "SimulateHeat"),
            (new("--keys") { Description = "Directory of the public keys whose bundles are installed." }, "Updates:Keys"),
            (new("--state") { Description = "State directory." }, "StateDirectory"),
        };
        var insecure = new Option<bool>("--insecure")
        {
            Description = "Let the embedded broker listen beyond loopback without users or TLS: for a network that you trust."
        };
        var command = new Command("run", "Run the service.") { config, insecure };
        foreach (var (option, _) in flags) command.Add(option);
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(async () =>
        {
            var settings = AgentSettings.Load(result.GetValue(config), new Dictionary<string, string?>(
                flags.Select(f => KeyValuePair.Create(f.Key, result.GetValue(f.Option))))
            { ["Broker:Insecure"] = result.GetValue(insecure) ? "true" : null });
            var logs = LogDirectory(settings.StateDirectory);
            if (!settings.Privacy.AllowDumps) CrashGuard.ForbidDumps();
            using var loggers = Logs.Create(settings.Logs, logs,
                LogRedaction.CreateProvider(settings.Privacy).GetRedactor(LogClasses.Operational));
            ConfigurationLog.Warn(settings, loggers);
            var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
            if (ServiceEnvironment.Current.IsNotified)
                // not AddSystemd: that looks for systemd by its parent's name in /proc, which ProtectProc= hides, and then stays silent
                builder.Services.AddSingleton<ISystemdNotifier, SystemdNotifier>().AddSingleton<IHostLifetime, SystemdLifetime>();
            builder.Services.AddSingleton<ILoggerFactory>(loggers);
            builder.Services.AddSingleton(s =>
                new AgentHost(settings, clock, loggers, s.GetService<ISystemdNotifier>(), s.GetService<IHostApplicationLifetime>()));
            builder.Services.AddHostedService(s => s.GetRequiredService<AgentHost>());
            builder.Services.Configure<HostOptions>(o =>
                o.ShutdownTimeout = settings.Queries.DrainTimeout + StopTimeout);
            var host = builder.Build();
            await using (((IAsyncDisposable)host).ConfigureAwait(false))
            {
                await host.StartAsync(cancellationToken).ConfigureAwait(false);
                var agent = host.Services.GetRequiredService<AgentHost>();
                Console.WriteLine($"edge-agent ready: {agent.Broker}, site {settings.Mqtt.Site}, device {settings.Mqtt.Device}" +
                    (agent.Http is { } http ? $", {http}v1" : ""));
                await host.WaitForShutdownAsync(cancellationToken).ConfigureAwait(false);
            }
            return Environment.ExitCode; // 0 unless the service ended itself
        }));
        return command;
    }

    /// <summary>Null where it cannot be made: the log goes to standard error alone.</summary>
    private static string? LogDirectory(string state)
    {
        try
        {
            return Directory.CreateDirectory(ServiceEnvironment.Current.LogsDirectory ?? Path.Combine(state, "logs")).FullName;
        }
        catch (Exception e) when (DiskErrors.Include(e))
        {
            return null; // the health check of the state directory says why
        }
    }
}
