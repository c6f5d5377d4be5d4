using System.CommandLine;
using EdgeAgent.Bundles.Slots;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent fleet publish DIR</c>.</summary>
internal static class FleetPublishCommand
{
    public static Command Create(TimeProvider clock)
    {
        var directory = new Argument<string>("DIR")
        {
            Description = "A bundle, signed in shards of at most 1 MiB; with --private-key it is signed on the way."
        };
        var command = new Command("publish", "Put a bundle on the broker as retained chunks; prints its SHA-256.") { directory };
        var options = new PublishOptions(command);
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(async () =>
        {
            await options.RunAsync(result, result.GetRequiredValue(directory), ArtefactKind.Student, clock, cancellationToken)
                .ConfigureAwait(false);
            return ExitCodes.Success;
        }));
        return command;
    }
}
