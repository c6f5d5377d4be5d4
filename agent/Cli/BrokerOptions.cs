using System.CommandLine;
using EdgeAgent.Mqtt;

namespace EdgeAgent.Cli;

/// <summary>
/// Options of every verb that connects to a broker: where it is, and how to log in. An option counts before the profile, the
/// profile before the default.
/// </summary>
internal sealed class BrokerOptions
{
    /// <summary>Time without a broker after which a verb that works ends; one that only watches goes on.</summary>
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromMinutes(10);

    private readonly Option<string?> _broker = new("--broker")
    {
        Description = $"Address of the site's broker: mqtt://host[:port], or mqtts:// with TLS; default mqtt://{new MqttOptions().Listen}."
    };
    private readonly Option<string?> _user = new("--user") { Description = "User name at the broker." };
    private readonly Option<string?> _passwordFile = new("--password-file") { Description = "File that holds the password." };
    private readonly Option<string?> _caFile = new("--cafile")
    {
        Description = "PEM file of the authorities that may sign the broker's certificate; default: the system's."
    };
    private readonly Option<string?> _certificate = new("--cert") { Description = "PEM file of a client certificate." };
    private readonly Option<string?> _key = new("--key") { Description = "PEM file of its key; default: it is in the --cert file." };
    private readonly Option<string?> _profile = new("--profile")
    {
        Description = "JSON file with broker, site, user, password_file, cafile, cert and key; default ~/.config/edge-agent/broker.json."
    };

    /// <param name="description">What --broker does, where it is more than an address.</param>
    public BrokerOptions(Command command, string? description = null)
    {
        if (description is not null) _broker.Description = description;
        foreach (var option in new[] { _broker, _user, _passwordFile, _caFile, _certificate, _key, _profile }) command.Add(option);
    }

    /// <summary>Whether <c>--broker</c> or <c>--profile</c> is given.</summary>
    public bool IsGiven(ParseResult result) => result.GetValue(_broker) is not null || result.GetValue(_profile) is not null;

    /// <exception cref="UsageException">Not an address, or a file that is missing.</exception>
    public BrokerAccess Access(ParseResult result)
    {
        var given = Given(result);
        var profile = Profile(result, given);
        var address = given
            ?? Address(profile.Broker ?? $"mqtt://{new MqttOptions().Listen}", $"broker in the profile '{result.GetValue(_profile)}'");
        string Of(Option<string?> option, string? other) => result.GetValue(option) ?? other ?? "";
        var certificate = Of(_certificate, profile.Cert);
        var credentials = new BrokerCredentials(Of(_user, profile.User), File(Of(_passwordFile, profile.PasswordFile), "password file"),
            File(Of(_caFile, profile.Cafile), "CA file"), File(certificate, "certificate"), File(Of(_key, profile.Key), "key file"));
        if (credentials is { PasswordFile.Length: > 0, Username.Length: 0 })
            throw new UsageException("--password-file goes with --user; found no user name");
        if (credentials is { KeyFile.Length: > 0, CertificateFile.Length: 0 })
            throw new UsageException("--key goes with --cert; found no certificate");
        if (!address.Tls && credentials.CaFile.Length + credentials.CertificateFile.Length > 0)
            throw new UsageException($"--cafile, --cert and --key go with TLS: expected mqtts://, found {address}");
        return new BrokerAccess(address, credentials);
    }

    /// <summary>The site that the profile names; null for none.</summary>
    public string? Site(ParseResult result) => Profile(result, Given(result)).Site;

    /// <summary>Says on standard error what becomes of the connection.</summary>
    /// <param name="isWatch">The verb only watches: it never gives up.</param>
    public static ConnectionReport Watch(bool isWatch = false) =>
        new(sentence => Console.Error.WriteLine($"edge-agent: {sentence}"), isWatch ? null : GiveUpAfter);

    /// <summary>
    /// The profile of <c>--profile</c>, else the user's own. The latter is passed over for another broker than the one it names: a
    /// password is not shown to a broker that it is not for.
    /// </summary>
    private BrokerProfile Profile(ParseResult result, BrokerAddress? given)
    {
        if (result.GetValue(_profile) is { } path) return BrokerProfile.Load(path);
        if (!System.IO.File.Exists(BrokerProfile.DefaultPath)) return new BrokerProfile();
        var own = BrokerProfile.Load(BrokerProfile.DefaultPath);
        return given is { } address && !(own.Broker is { } named && BrokerAddress.TryParse(named, out var its) && its == address)
            ? new BrokerProfile() : own;
    }

    private BrokerAddress? Given(ParseResult result) => result.GetValue(_broker) is { } text ? Address(text, "--broker") : null;

    private static BrokerAddress Address(string text, string what)
    {
        if (BrokerAddress.TryParse(text, out var address)) return address;
        throw new UsageException(text.Contains('@', StringComparison.Ordinal)
            ? $"{what} must be mqtt://host[:port] or mqtts://host[:port] without a login; give it with --user and --password-file"
            : $"{what} must be mqtt://host[:port] or mqtts://host[:port], found '{text}'");
    }

    private static string File(string path, string what) => path.Length == 0 || System.IO.File.Exists(path)
        ? path : throw new UsageException($"expected a {what}; found no file '{path}'");
}
