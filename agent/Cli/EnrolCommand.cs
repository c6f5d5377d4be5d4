using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using EdgeAgent.Hosting;
using EdgeAgent.Hosting.Configuration;
using EdgeAgent.Hosting.Enrolment;
using EdgeAgent.Hosting.Health;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;

namespace EdgeAgent.Cli;

/// <summary>
/// <c>edge-agent enrol</c>: joins a device to a site. With <c>--csr</c> it makes a key and a request for the site's authority; with
/// <c>--cert</c>, or with a user and a password, it writes the configuration and tests the link.
/// </summary>
internal static class EnrolCommand
{
    private sealed record Options(Option<string> Site, Option<string> Device, Option<string> Broker, Option<string?> Config,
        Option<string?> Request, Option<string?> Certificate, Option<string?> Authorities, Option<string?> User, Option<string?> Password,
        Option<string[]> Trust, Option<bool> Force, Option<bool> NoTest, Option<bool> Json);

    private static Options Create() => new(
        new("--site") { Description = "Site in the topics.", Required = true },
        new("--device") { Description = "Device in the topics, unique within the site.", Required = true },
        new("--broker") { Description = "mqtt://host[:port] or mqtts://host[:port] of the site's broker.", Required = true },
        new("--config") { Description = $"Configuration file to write; default {AgentSettings.SystemFile}." },
        new("--csr") { Description = "Make a key and write a certificate signing request into this file; nothing else." },
        new("--cert") { Description = "PEM file of the certificate that the authority made of the request." },
        new("--cafile") { Description = "PEM file of the authorities that may sign the broker's certificate; default: the system's." },
        new("--user") { Description = "User name at the broker." },
        new("--password-file") { Description = "File that holds the password." },
        new("--trust")
        {
            Description = "Public keys (PEM) whose bundles the device takes; may be repeated.",
            AllowMultipleArgumentsPerToken = true
        },
        new("--force") { Description = "With --csr: make a new key; the old one serves until the new certificate comes." },
        new("--no-test") { Description = "Do not test the link." },
        new("--json") { Description = "Print JSON." });

    public static Command Create(TimeProvider clock)
    {
        var o = Create();
        var command = new Command("enrol", "Join a site: key, certificate, configuration, a tested link.")
        {
            o.Site, o.Device, o.Broker, o.Config, o.Request, o.Certificate, o.Authorities, o.User, o.Password, o.Trust, o.Force, o.NoTest,
            o.Json
        };
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(async () =>
        {
            var done = new List<string>();
            var isJson = result.GetValue(o.Json);
            void Say(string line)
            {
                done.Add(line);
                if (!isJson) Console.WriteLine(line);
            }
            var request = Read(o, result);
            var test = result.GetValue(o.Request) is { } file ? Request(request, file, result.GetValue(o.Force), Say)
                : await JoinAsync(request, !result.GetValue(o.NoTest), clock, Say, cancellationToken).ConfigureAwait(false);
            if (isJson)
                Console.WriteLine(new JsonObject
                {
                    ["done"] = new JsonArray([.. done.Select(d => (JsonNode)d)]),
                    ["problem"] = test?.Problem,
                    ["do"] = test?.Remedy
                }.ToJsonString());
            if (test?.Problem is not { } problem) return ExitCodes.Success;
            if (!isJson) CommandErrors.Say($"{problem}\n  do: {test.Remedy}");
            return ExitCodes.Failure;
        }));
        return command;
    }

    private static EnrolmentRequest Read(Options o, ParseResult result)
    {
        var (site, device) = (result.GetRequiredValue(o.Site), result.GetRequiredValue(o.Device));
        var broker = result.GetRequiredValue(o.Broker);
        SiteOptions.CheckSite(site);
        if (!Topics.IsName(device) || device == Topics.AnyDevice)
            throw new UsageException($"--device must be 1..64 of A-Z a-z 0-9 . _ -, and not '{Topics.AnyDevice}'; found '{device}'");
        if (!BrokerAddress.TryParse(broker, out var address))
            throw new UsageException($"--broker must be mqtt://host[:port] or mqtts://host[:port], found '{broker}'");
        string? Existing(Option<string?> option) => result.GetValue(option) is not { } path ? null
            : File.Exists(path) ? path : throw new UsageException($"{option.Name} expects a file; found no file '{path}'");
        var request = new EnrolmentRequest(Path.GetFullPath(result.GetValue(o.Config) ?? AgentSettings.SystemFile), site, device, broker)
        {
            CertificateFile = Existing(o.Certificate),
            CaFile = Existing(o.Authorities),
            User = result.GetValue(o.User),
            PasswordFile = Existing(o.Password),
            Trusted = result.GetValue(o.Trust) ?? [],
        };
        foreach (var file in request.Trusted.Where(f => !File.Exists(f)))
            throw new UsageException($"--trust expects a file; found no file '{file}'");
        if (!address.Tls && (request.CertificateFile ?? request.CaFile ?? result.GetValue(o.Request)) is not null)
            throw new UsageException($"--csr, --cert and --cafile go with TLS: expected mqtts://, found {address}");
        if (request is { PasswordFile: not null, User: null })
            throw new UsageException("--password-file goes with --user; found no user name");
        if (result.GetValue(o.Request) is not null && request.CertificateFile is not null)
            throw new UsageException("--csr comes first, --cert when the authority has signed the request; found both");
        if (result.GetValue(o.Force) && result.GetValue(o.Request) is null)
            throw new UsageException("--force goes with --csr; found none");
        return request;
    }

    private static LinkTestResult? Request(EnrolmentRequest request, string file, bool isNew, Action<string> say)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(request.ConfigurationFile)!);
        var key = new DeviceKey(DeviceCredentials.DirectoryBeside(request.ConfigurationFile));
        var (pem, isMade) = key.Request(request.Device, request.Site, isNew);
        DurableFile.WriteAllBytes(file, Encoding.ASCII.GetBytes(pem));
        say(isMade ? $"made a key in '{Path.GetDirectoryName(key.KeyPath)}'; it stays on this device"
            : $"kept the key '{key.KeyPath}' (--force makes a new one)");
        say($"wrote '{file}': have your authority sign it, then run");
        say($"  edge-agent enrol --site {request.Site} --device {request.Device} --broker {request.Broker} " +
            "--cert SIGNED.pem --cafile CA.pem");
        return null;
    }

    private static async Task<LinkTestResult?> JoinAsync(EnrolmentRequest request, bool isTested, TimeProvider clock, Action<string> say,
        CancellationToken cancellationToken)
    {
        var settings = new Enrolment(request, clock, say).Apply();
        if (!isTested) return null;
        var test = new LinkTest(settings.Mqtt, ConfiguredBrokers.Of(settings.Mqtt)[0], clock);
        var result = await test.RunAsync(says: true, cancellationToken).ConfigureAwait(false);
        if (result.Problem is null)
        {
            say($"the broker {request.Broker} takes the login, the subscriptions and the state of '{request.Device}'");
            say("now: sudo systemctl restart edge-agent && edge-agent doctor");
        }
        return result;
    }
}
