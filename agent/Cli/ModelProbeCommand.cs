using System.CommandLine;
using System.Text.Json;
using EdgeAgent.Evaluation;
using EdgeAgent.Updates;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent model probe</c>: what the quality gate of updates runs in a child process.</summary>
internal static class ModelProbeCommand
{
    public static Command Create(TimeProvider clock)
    {
        var directory = new Argument<string>("DIR") { Description = "A bundle." };
        var golden = new Option<string?>("--golden") { Description = "Golden prompts; default: the bundle's own." };
        var command = new Command("probe", "Load a bundle, ask its golden prompts and measure the answers; prints JSON.")
        {
            directory, golden,
        };
        var device = new DeviceArguments();
        device.AddTo(command);
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(async () =>
        {
            var report = await BundleProbe.RunAsync(result.GetRequiredValue(directory), result.GetValue(golden),
                device.Options(result, clock), clock, NullLogger.Instance, cancellationToken).ConfigureAwait(false);
            Console.WriteLine(JsonSerializer.Serialize(report, UpdateJson.Default.ProbeReport));
            return ExitCodes.Success;
        }));
        return command;
    }
}
