using System.CommandLine;
using EdgeAgent.Hosting;
using EdgeAgent.Updates;

namespace EdgeAgent.Cli;

/// <summary>
/// <c>edge-agent model install DIR</c>: installs a bundle, for example from a USB stick. The service must not run: it owns the state
/// directory.
/// </summary>
internal static class InstallCommand
{
    public static Command Create(TimeProvider clock)
    {
        var directory = new Argument<string>("DIR") { Description = "A signed bundle." };
        var config = new Option<string?>("--config") { Description = "Configuration file." };
        var state = new Option<string?>("--state") { Description = "State directory." };
        var keys = new Option<string?>("--keys") { Description = "Directory of the trusted public keys." };
        var command = new Command("install", "Install a bundle from a directory. The service serves it after its next start.")
        {
            directory, config, state, keys
        };
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(async () =>
        {
            var settings = AgentSettings.Load(result.GetValue(config),
                new Dictionary<string, string?> { ["StateDirectory"] = result.GetValue(state), ["Updates:Keys"] = result.GetValue(keys) });
            var end = await OfflineInstaller.InstallAsync(result.GetRequiredValue(directory), settings, new ConsoleReporter(), clock,
                cancellationToken).ConfigureAwait(false);
            Console.WriteLine($"{end.State} {end.Reason} {end.Detail}".TrimEnd());
            return end.State == UpdateState.Committed ? ExitCodes.Success : ExitCodes.Failure;
        }));
        return command;
    }

    /// <summary>Prints every state on the error stream.</summary>
    private sealed class ConsoleReporter : IUpdateReporter
    {
        public void Report(UpdateRecord record) => Console.Error.WriteLine($"{record.State} {record.Reason}".TrimEnd());

        public void Report(ModelView model)
        {
            // the states say it
        }
    }
}
