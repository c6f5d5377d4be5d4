using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Bundles.Slots;
using EdgeAgent.Fleet;
using EdgeAgent.Updates.Sources;

namespace EdgeAgent.Cli;

/// <summary>What <c>fleet publish</c> and <c>docs publish</c> share: options, and putting a signed directory on a site's broker.</summary>
internal sealed class PublishOptions
{
    private readonly Option<string?> _bandwidth = new("--bandwidth") { Description = "Limit in bytes a second, with k or M: 2MB/s." };
    private readonly Option<bool> _serve = new("--serve") { Description = "Stay and resend chunks that devices ask for, until Ctrl-C." };
    private readonly Option<bool> _transient = new("--transient")
    {
        Description = "Retain no chunks on the broker: devices get what is sent while they listen. Needs --serve."
    };
    private readonly Option<bool> _remove = new("--remove") { Description = "Remove the retained chunks from the broker." };
    private readonly Option<string?> _privateKey = new("--private-key") { Description = "Sign with this private key (PEM) first." };
    private readonly Option<string?> _password = new("--private-key-password-file")
    {
        Description = "File with the private key's password."
    };
    private readonly SiteOptions _site;

    public PublishOptions(Command command)
    {
        foreach (var option in new Option[] { _bandwidth, _serve, _transient, _remove, _privateKey, _password })
            command.Options.Add(option);
        _site = new SiteOptions(command);
    }

    /// <summary>The private key that is named; null without one. The caller disposes it.</summary>
    public ECDsa? Key(ParseResult result) => result.GetValue(_privateKey) is { } pem
        ? SigningKeys.PrivateKey(SigningCommands.Read(pem), SigningCommands.Password(result.GetValue(_password))) : null;

    /// <summary>Sends the directory's chunks, prints its SHA-256, and stays where that is asked for.</summary>
    public async Task RunAsync(ParseResult result, string directory, ArtefactKind kind, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        if (result.GetValue(_transient) && !result.GetValue(_serve))
            throw new UsageException("--transient retains nothing on the broker: it needs --serve");
        if (Key(result) is { } key)
            using (key) BundleSigner.Sign(directory, key, kind);
        var publisher = new BundlePublisher(directory, _site.Site(result), clock, kind);
        var limiter = new BandwidthLimiter(OptionValues.BytesPerSecond(result.GetValue(_bandwidth)), clock);
        var server = await BundleServer.ConnectAsync(publisher, _site.Broker(result), isRetained: !result.GetValue(_transient), limiter,
            clock, BrokerOptions.Watch(), cancellationToken).ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            if (result.GetValue(_serve)) await server.ListenAsync(_site.Site(result), cancellationToken).ConfigureAwait(false);
            if (result.GetValue(_remove)) await server.RemoveAsync(cancellationToken).ConfigureAwait(false);
            else await server.PublishAsync(cancellationToken).ConfigureAwait(false);
            Console.WriteLine(_site.IsJson(result) ? Json(publisher) : publisher.Id);
            if (result.GetValue(_serve)) await ServeAsync(server, cancellationToken).ConfigureAwait(false);
        }
    }

    private static string Json(BundlePublisher publisher) => new JsonObject
    {
        ["bundle"] = publisher.Id,
        ["kind"] = publisher.Kind.Word,
        ["chunks"] = publisher.Chunks,
        ["bytes"] = publisher.Bytes,
        ["version"] = publisher.Facts.Version,
        ["release"] = publisher.Facts.Release
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
