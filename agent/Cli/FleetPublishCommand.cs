using System.CommandLine;
using System.Text.Json.Nodes;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Fleet;
using EdgeAgent.Updates.Sources;

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
        var bandwidth = new Option<string?>("--bandwidth") { Description = "Limit in bytes a second, with k or M: 2MB/s." };
        var serve = new Option<bool>("--serve") { Description = "Stay and resend chunks that devices ask for, until Ctrl-C." };
        var transient = new Option<bool>("--transient")
        {
            Description = "Retain no chunks on the broker: devices get what is sent while they listen. Needs --serve."
        };
        var remove = new Option<bool>("--remove") { Description = "Remove the bundle's retained chunks from the broker." };
        var privateKey = new Option<string?>("--private-key") { Description = "Sign the bundle with this private key (PEM) first." };
        var password = new Option<string?>("--private-key-password-file") { Description = "File with the private key's password." };
        var command = new Command("publish", "Put a bundle on the broker as retained chunks; prints its SHA-256.")
        {
            directory, bandwidth, serve, transient, remove, privateKey, password
        };
        var site = new SiteOptions(command);
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(async () =>
        {
            if (result.GetValue(transient) && !result.GetValue(serve))
                throw new UsageException("--transient retains nothing on the broker: it needs --serve");
            if (result.GetValue(privateKey) is { } pem)
            {
                using var key = SigningKeys.PrivateKey(SigningCommands.Read(pem), SigningCommands.Password(result.GetValue(password)));
                BundleSigner.Sign(result.GetRequiredValue(directory), key);
            }
            var publisher = new BundlePublisher(result.GetRequiredValue(directory), site.Site(result), clock);
            var limiter = new BandwidthLimiter(OptionValues.BytesPerSecond(result.GetValue(bandwidth)), clock);
            var server = await BundleServer.ConnectAsync(publisher, site.Broker(result), isRetained: !result.GetValue(transient), limiter,
                clock, BrokerOptions.Watch(), cancellationToken).ConfigureAwait(false);
            await using (server.ConfigureAwait(false))
            {
                if (result.GetValue(serve)) await server.ListenAsync(site.Site(result), cancellationToken).ConfigureAwait(false);
                if (result.GetValue(remove)) await server.RemoveAsync(cancellationToken).ConfigureAwait(false);
                else await server.PublishAsync(cancellationToken).ConfigureAwait(false);
                Console.WriteLine(site.IsJson(result) ? Json(publisher) : publisher.Id);
                if (result.GetValue(serve)) await ServeAsync(server, cancellationToken).ConfigureAwait(false);
            }
            return ExitCodes.Success;
        }));
        return command;
    }

    private static string Json(BundlePublisher publisher) => new JsonObject
    {
        ["bundle"] = publisher.Id,
        ["chunks"] = publisher.Chunks,
        ["bytes"] = publisher.Bytes,
        ["release"] = publisher.Student.Release
    }.ToJsonString();

    private static async Task ServeAsync(BundleServer server, CancellationToken cancellationToken)
    {
        try
        {
            await server.ServeAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl-C
        }
    }
}
