using System.CommandLine;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent fleet ...</c>: the fleet manager's side of updates. All of it is plain MQTT.</summary>
internal static class FleetCommand
{
    public static Command Create(TimeProvider clock) => new("fleet", "Publish bundles and roll them out to the devices of a site.")
    {
        FleetPublishCommand.Create(clock), FleetRolloutCommand.Create(clock), FleetStatusCommand.Create(clock),
        FleetAbortCommand.Create(clock), FleetForgetCommand.Create(clock), FleetCompareCommand.Create(clock)
    };
}
