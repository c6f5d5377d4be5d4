using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using EdgeAgent.Fleet;
using EdgeAgent.Mqtt;

namespace EdgeAgent.Cli;

/// <summary><c>edge-agent fleet forget DEVICE</c>.</summary>
internal static class FleetForgetCommand
{
    public static Command Create(TimeProvider clock)
    {
        var device = new Argument<string>("DEVICE") { Description = "Name of a device that is gone." };
        var force = new Option<bool>("--force") { Description = "Also clear the topics of a device that is online." };
        var command = new Command("forget",
            "Clear what the broker retains of a device that is gone: its commands, their statuses, its model and its state. " +
            "Prints the topics.")
        { device, force };
        var options = new SiteOptions(command);
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(async () =>
        {
            var name = result.GetRequiredValue(device);
            if (!Topics.IsName(name)) throw new UsageException($"a device's name is 1..64 of A-Z a-z 0-9 . _ -, found '{name}'");
            var cleared = await SiteForget.RunAsync(options.Broker(result), (options.Site(result), name), result.GetValue(force), clock,
                BrokerOptions.Watch(), cancellationToken).ConfigureAwait(false);
            if (options.IsJson(result))
                Console.WriteLine(new JsonObject
                {
                    ["device"] = name,
                    ["cleared"] = new JsonArray([.. cleared.Select(t => (JsonNode)t)])
                }.ToJsonString());
            else
            {
                foreach (var topic in cleared) Console.WriteLine(topic);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{cleared.Count} topics cleared"));
            }
            return ExitCodes.Success;
        }));
        return command;
    }
}
