using System.CommandLine;
using EdgeAgent.Mqtt;

namespace EdgeAgent.Cli;

/// <summary>Options of verbs that talk to a site over its broker.</summary>
internal sealed class SiteOptions
{
    private readonly Option<string> _broker = new("--broker")
    {
        Description = "Address of the site's broker: mqtt://host[:port].",
        DefaultValueFactory = _ => $"mqtt://{new MqttOptions().Listen}"
    };
    private readonly Option<string> _site = new("--site")
    {
        Description = "Name of the site in all topics.",
        DefaultValueFactory = _ => new MqttOptions().Site
    };
    private readonly Option<bool> _json;

    /// <param name="json">What <c>--json</c> prints.</param>
    public SiteOptions(Command command, string json = "Print JSON.")
    {
        _json = new Option<bool>("--json") { Description = json };
        command.Add(_broker);
        command.Add(_site);
        command.Add(_json);
    }

    /// <exception cref="UsageException">Not a broker's address.</exception>
    public BrokerAddress Broker(ParseResult result) =>
        BrokerAddress.TryParse(result.GetRequiredValue(_broker), out var address)
            ? address
            : throw new UsageException($"--broker must be mqtt://host[:port] or mqtts://host[:port], found '{result.GetValue(_broker)}'");

    /// <exception cref="UsageException">Not a name.</exception>
    public string Site(ParseResult result) => CheckSite(result.GetRequiredValue(_site));

    public bool IsJson(ParseResult result) => result.GetValue(_json);

    /// <exception cref="UsageException">Not a name.</exception>
    public static string CheckSite(string site) =>
        Topics.IsName(site) ? site : throw new UsageException($"--site must be 1..64 of A-Z a-z 0-9 . _ -, found '{site}'");
}
