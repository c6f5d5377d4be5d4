using System.CommandLine;
using EdgeAgent.Mqtt;

namespace EdgeAgent.Cli;

/// <summary>Options of verbs that talk to a site over its broker.</summary>
internal sealed class SiteOptions
{
    private readonly BrokerOptions _broker;
    private readonly Option<string?> _site = SiteOption();
    private readonly Option<bool> _json;

    /// <param name="json">What <c>--json</c> prints.</param>
    public SiteOptions(Command command, string json = "Print JSON.")
    {
        _json = new Option<bool>("--json") { Description = json };
        _broker = new BrokerOptions(command);
        command.Add(_site);
        command.Add(_json);
    }

    public static Option<string?> SiteOption() =>
        new("--site") { Description = $"Name of the site in all topics; default {new MqttOptions().Site}." };

    /// <exception cref="UsageException">Not a broker's address, or a file of the login is missing.</exception>
    public BrokerAccess Broker(ParseResult result) => _broker.Access(result);

    /// <exception cref="UsageException">Not a name.</exception>
    public string Site(ParseResult result) => CheckSite(result.GetValue(_site) ?? _broker.Site(result));

    public bool IsJson(ParseResult result) => result.GetValue(_json);

    /// <exception cref="UsageException">Not a name.</exception>
    public static string CheckSite(string? given)
    {
        var site = given ?? new MqttOptions().Site;
        return Topics.IsName(site) ? site : throw new UsageException($"--site must be 1..64 of A-Z a-z 0-9 . _ -, found '{site}'");
    }
}
