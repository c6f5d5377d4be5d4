using System.Text.RegularExpressions;
using EdgeAgent.Hosting;
using EdgeAgent.Mqtt;
using EdgeAgent.Thermal;

namespace EdgeAgent.Tests.Hosting.Configuration;

/// <summary>docs/reference/configuration.md says what the option records say.</summary>
public sealed class ConfigurationReferenceTests
{
    private const string Update = "EDGE_AGENT_UPDATE_DOCS";
    private static readonly string Page = Path.Combine(SharedData.Repository, "docs", "reference", "configuration.md");

    [Fact]
    public void Page_OptionRecords_SaysWhatTheySay()
    {
        var expected = ConfigurationReference.Write();
        if (Environment.GetEnvironmentVariable(Update) == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Page)!);
            File.WriteAllText(Page, expected);
        }
        Assert.True(File.Exists(Page) && File.ReadAllText(Page).ReplaceLineEndings("\n") == expected,
            $"{Page} is stale: run this test with {Update}=1 and commit the page");
    }

    [Fact]
    public void Page_EveryOption_HasARowInItsSection()
    {
        var text = ConfigurationReference.Write();
        Assert.All(AllOptions.Found, o => Assert.Contains($"\n| `{o.Option.Key}` | ", text, StringComparison.Ordinal));
        Assert.Equal(AllOptions.Found.Count,
            Regex.Count(text, @"^\| `\w+` \| (switch|text|whole|number|name|list|section)", RegexOptions.Multiline));
    }

    [Fact]
    public void Example_AsItStands_IsAValidConfiguration()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.File("broker-password"), "secret");
        File.WriteAllText(directory.File("agent.json"),
            ConfigurationReference.Example.Replace("/etc/edge-agent", directory.Path, StringComparison.Ordinal));
        var settings = AgentSettings.Load(directory.File("agent.json"), new Dictionary<string, string?>());
        Assert.True(BrokerAddress.TryParseList(settings.Mqtt.Broker, out var brokers));
        Assert.Equal([new BrokerAddress("broker.plant-a.example", 8883, Tls: true)], brokers);
        Assert.Equal(TimeSpan.FromSeconds(20), settings.Queries.Deadline);
        Assert.Equal(["clients/", "hmi/"], settings.Queries.ReplyPrefixes);
        Assert.Equal(69, settings.Thermal.LeaveAt(Level.L1));
    }
}
