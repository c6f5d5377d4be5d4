using System.CommandLine;
using EdgeAgent.Fleet;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent fleet abort</c>.</summary>
internal static class FleetAbortCommand
{
    public static Command Create(TimeProvider clock)
    {
        var command = new Command("abort", "Stop the rollout. Devices that have not begun their trial keep what they have.");
        var options = new SiteOptions(command);
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(async () =>
        {
            var site = await SiteClient.ConnectAsync(options.Broker(result), options.Site(result), clock,
                BrokerOptions.Watch(), cancellationToken).ConfigureAwait(false);
            await using (site.ConfigureAwait(false))
            {
                await Task.Delay(RolloutRunner.SettleTime, clock, cancellationToken).ConfigureAwait(false);
                var record = site.View.Rollout ?? throw new UsageException("there is no rollout on the broker");
                record = await new RolloutRunner(site, clock).AbortAsync(record, cancellationToken).ConfigureAwait(false);
                await Task.Delay(RolloutRunner.SettleTime, clock, cancellationToken).ConfigureAwait(false);
                FleetReport.Print(site, record, options.IsJson(result));
            }
            return ExitCodes.Success;
        }));
        return command;
    }
}
