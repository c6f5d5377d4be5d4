using System.CommandLine;
using EdgeAgent.Fleet;
using Spectre.Console;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent fleet status</c>.</summary>
internal static class FleetStatusCommand
{
    public static Command Create(TimeProvider clock)
    {
        var watch = new Option<bool>("--watch") { Description = "Repeat until Ctrl-C; a lost connection is marked." };
        var command = new Command("status", "Show what each device of the site reports of its updates.") { watch };
        var options = new SiteOptions(command);
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(async () =>
        {
            var (isWatch, isJson) = (result.GetValue(watch), options.IsJson(result));
            var site = await SiteClient.ConnectAsync(options.Broker(result), options.Site(result), clock,
                BrokerOptions.Watch(isWatch), cancellationToken).ConfigureAwait(false);
            await using (site.ConfigureAwait(false))
            {
                do
                {
                    await Task.Delay(RolloutRunner.SettleTime, clock, cancellationToken).ConfigureAwait(false);
                    if (isWatch && !isJson) AnsiConsole.Clear();
                    site.ThrowIfGone();
                    FleetReport.Print(site, site.View.Rollout, isJson);
                }
                while (isWatch && !cancellationToken.IsCancellationRequested);
            }
            return ExitCodes.Success;
        }));
        return command;
    }
}
