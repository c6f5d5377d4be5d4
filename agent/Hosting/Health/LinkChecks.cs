using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;

namespace EdgeAgent.Hosting.Health;

/// <summary>The brokers that the settings name.</summary>
internal static class ConfiguredBrokers
{
    /// <summary>The site's brokers, the first one first; none where the agent runs its own.</summary>
    public static IReadOnlyList<BrokerAddress> Of(MqttOptions options) =>
        [.. options.Broker.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(text => BrokerAddress.TryParse(text, out var address) ? address : (BrokerAddress?)null).OfType<BrokerAddress>()];

    /// <summary>The agent's own broker, as this machine reaches it; null where its port is chosen at the start.</summary>
    public static BrokerAddress? Embedded(MqttOptions options)
    {
        var listen = IPEndPoint.Parse(options.Listen);
        if (listen.Port == 0) return null;
        var host = listen.Address.Equals(IPAddress.Any) || listen.Address.Equals(IPAddress.IPv6Any) ? IPAddress.Loopback : listen.Address;
        return new BrokerAddress(host.ToString(), listen.Port, Tls: false);
    }
}

/// <summary>
/// Whether the brokers can be reached and take the device's login and subscriptions. Beside a running agent nobody logs in: with the
/// device's name that would end the agent's session.
/// </summary>
internal sealed class BrokerReachCheck(DoctorScene scene) : IDoctorCheck
{
    public string Name => "broker";

    public async Task<IReadOnlyList<HealthFinding>> LookAsync(CancellationToken cancellationToken)
    {
        var options = scene.Settings.Mqtt;
        var brokers = ConfiguredBrokers.Of(options);
        if (brokers.Count == 0) return [await EmbeddedAsync(options, cancellationToken).ConfigureAwait(false)];
        var findings = new List<HealthFinding>();
        foreach (var broker in brokers)
            findings.Add(await SiteAsync(options, broker, isFirst: broker == brokers[0], cancellationToken).ConfigureAwait(false));
        return findings;
    }

    private async Task<HealthFinding> EmbeddedAsync(MqttOptions options, CancellationToken cancellationToken)
    {
        if (scene.Agent is null || ConfiguredBrokers.Embedded(options) is not { } broker)
            return new HealthFinding(HealthSeverity.Skipped, $"the agent's own broker listens on {options.Listen} while it runs");
        var sight = await BrokerSight.LookAsync(broker, new BrokerCredentials(), scene.Clock, cancellationToken).ConfigureAwait(false);
        return sight.Problem is null ? new HealthFinding(HealthSeverity.Good, $"the agent's own broker listens on {options.Listen}")
            : new HealthFinding(HealthSeverity.Failure, $"the agent's own broker does not answer: {sight.Problem}",
                "sudo systemctl restart edge-agent")
            { Why = "no terminal reaches the device" };
    }

    private async Task<HealthFinding> SiteAsync(MqttOptions options, BrokerAddress broker, bool isFirst,
        CancellationToken cancellationToken)
    {
        var credentials = BrokerCredentials.Of(options);
        var sight = await BrokerSight.LookAsync(broker, credentials, scene.Clock, cancellationToken).ConfigureAwait(false);
        if (sight.Problem is { } problem)
            return Unreachable(problem, ConnectRemedy.For(sight.Failure!, broker, credentials), isFirst);
        if (scene.Agent is not null)
            return new HealthFinding(HealthSeverity.Good, $"{broker} answers; the running agent keeps the login, see 'agent'");
        var result = await new LinkTest(options, broker, scene.Clock).RunAsync(says: false, cancellationToken).ConfigureAwait(false);
        return result.Problem is null
            ? new HealthFinding(HealthSeverity.Good, $"{broker} takes the login and the subscriptions of '{options.Device}'")
            : Unreachable(result.Problem, result.Remedy!, isFirst);
    }

    private static HealthFinding Unreachable(string problem, string remedy, bool isFirst) =>
        new(isFirst ? HealthSeverity.Failure : HealthSeverity.Warning, problem, remedy)
        {
            Why = isFirst ? "no question and no update arrives" : "there is no broker to turn to when the first is away"
        };
}

/// <summary>How long the device's certificate, its authorities and the broker's certificate are valid still.</summary>
internal sealed class CertificateCheck(DoctorScene scene) : IDoctorCheck
{
    public string Name => "certificates";

    public async Task<IReadOnlyList<HealthFinding>> LookAsync(CancellationToken cancellationToken)
    {
        var options = scene.Settings.Mqtt;
        var findings = new List<HealthFinding>();
        if (options.CertificateFile.Length > 0)
            findings.AddRange(OfFile("the device's certificate", options.CertificateFile,
                $"sudo edge-agent enrol --site {options.Site} --device {options.Device} --broker {options.Broker} --csr device.csr"));
        if (options.CaFile.Length > 0)
            findings.AddRange(OfFile("the authority", options.CaFile, "put the new authority's certificate into the file"));
        foreach (var broker in ConfiguredBrokers.Of(options).Where(b => b.Tls))
        {
            var sight = await BrokerSight.LookAsync(broker, BrokerCredentials.Of(options), scene.Clock, cancellationToken)
                .ConfigureAwait(false);
            if (sight.Certificate is { } period)
                findings.Add(Judge($"the certificate of {broker}", period, "renew it where the broker runs"));
        }
        return findings.Count > 0 ? findings : [new HealthFinding(HealthSeverity.Skipped, "none are used")];
    }

    private IEnumerable<HealthFinding> OfFile(string what, string path, string remedy)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(TextFile.ReadAllText(path));
        }
        catch (Exception e) when (e is CryptographicException or TextFileException)
        {
            return [new HealthFinding(HealthSeverity.Failure, $"'{path}' holds no certificate in PEM: {e.Message}", remedy)];
        }
        if (certificates.Count == 0)
            return [new HealthFinding(HealthSeverity.Failure, $"'{path}' holds no certificate in PEM", remedy)];
        return [.. certificates.Select(c => Judge($"{what} '{c.GetNameInfo(X509NameType.SimpleName, forIssuer: false)}'",
            CertificatePeriod.Of(c), remedy))];
    }

    private HealthFinding Judge(string what, CertificatePeriod period, string remedy)
    {
        var now = scene.Clock.GetUtcNow();
        if (CertificateExpiry.Problem(period, now) is not { } problem)
            return new HealthFinding(HealthSeverity.Good, $"{what} is valid until {period.Until:yyyy-MM-dd}");
        return new HealthFinding(CertificateExpiry.IsValid(period, now) ? HealthSeverity.Warning : HealthSeverity.Failure,
            $"{what} {problem}", remedy)
        { Why = "the broker and the device refuse each other once it has ended" };
    }
}

/// <summary>
/// Whether the clock can be right: not before the program's files and not before what the agent has written; whether a time service keeps
/// it. The broker's certificate, which the check of certificates holds against it, is the only time from outside.
/// </summary>
internal sealed class ClockCheck(DoctorScene scene) : DoctorCheck("clock")
{
    private const string SetIt = "sudo timedatectl set-ntp true";
    private static readonly TimeSpan Slack = TimeSpan.FromHours(1), LongAgo = TimeSpan.FromDays(180);

    protected override IEnumerable<HealthFinding> Look()
    {
        var now = scene.Clock.GetUtcNow();
        var why = "certificates, update windows and the age of stored answers depend on it";
        var program = new DateTimeOffset(File.GetLastWriteTimeUtc(typeof(ClockCheck).Assembly.Location is { Length: > 0 } file
            ? file : AppContext.BaseDirectory));
        if (now < program - Slack)
            return [Failure($"it says {now:yyyy-MM-dd HH:mm}, and the program's files are of {program:yyyy-MM-dd HH:mm}", SetIt, why)];
        if (Newest() is var (path, written) && path.Length > 0)
        {
            if (now < written - Slack)
                return [Failure($"it says {now:yyyy-MM-dd HH:mm}, and '{path}' was written later, {written:yyyy-MM-dd HH:mm}", SetIt, why)];
            if (now > written + LongAgo)
                return [Warning($"it says {now:yyyy-MM-dd}, and the agent wrote last on {written:yyyy-MM-dd}",
                    $"if the device was not off for so long: {SetIt}", why)];
        }
        var isKept = File.Exists(scene.In("run/systemd/timesync/synchronized")) || Directory.Exists(scene.In("run/chrony"));
        return [isKept ? Good($"{now:yyyy-MM-dd HH:mm} UTC, kept by a time service")
            : Warning($"{now:yyyy-MM-dd HH:mm} UTC agrees with the files, and no time service was found that keeps it", SetIt, why)];
    }

    /// <summary>The file of the state directory that was written last.</summary>
    private (string Path, DateTimeOffset At) Newest()
    {
        var state = scene.Settings.StateDirectory;
        if (state.Length == 0 || !Directory.Exists(state)) return ("", default);
        var every = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true };
        return new DirectoryInfo(state).EnumerateFiles("*", every).Select(f => (f.FullName, new DateTimeOffset(f.LastWriteTimeUtc)))
            .OrderByDescending(f => f.Item2).FirstOrDefault(("", default));
    }
}
