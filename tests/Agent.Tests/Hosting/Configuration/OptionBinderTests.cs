using EdgeAgent.Hosting;
using EdgeAgent.Hosting.Configuration;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Privacy;

namespace EdgeAgent.Tests.Hosting.Configuration;

public sealed class OptionBinderTests
{
    [Fact]
    public void Bind_EveryKind_IsRead()
    {
        var settings = Load("""
            {
              // comments are allowed
              "queries": { "deadlineSeconds": 2.5, "MAXTOKENS": 777, "DuplicateMinutes": 3 },
              "Answers": { "Learn": false, "LearnedMegabytes": 0.5, "LearnedDays": 1.5 },
              "Student": { "Providers": ["cuda", "Cpu"], "Require": "cpu", "Spinning": true, "Model": "/m" },
              "Privacy": {
                "Actions": { "EMAIL": "mask" }, "Deny": { "PROJECT": ["Falcon", "Kite"] },
                "Recognizers": [{ "Name": "n", "Type": "ORDER", "Pattern": "AU-[0-9]+", "Context": ["order"] }],
              },
            }
            """);
        Assert.Equal((TimeSpan.FromSeconds(2.5), 777, TimeSpan.FromMinutes(3)),
            (settings.Queries.Deadline, settings.Queries.MaxTokens, settings.Queries.DuplicateWindow));
        Assert.Equal((false, 0.5, TimeSpan.FromHours(36)),
            (settings.Answers.Learn, settings.Answers.LearnedMegabytes, settings.Answers.LearnedLifetime));
        Assert.Equal([ExecutionProvider.Cuda, ExecutionProvider.Cpu], settings.Student.Providers);
        Assert.Equal((ExecutionProvider.Cpu, true, "/m"), (settings.Student.Require, settings.Student.Spinning, settings.Student.Model));
        Assert.Equal(PrivacyAction.Mask, settings.Privacy.ActionOf("EMAIL"));
        Assert.Equal(["Falcon", "Kite"], settings.Privacy.Deny["PROJECT"]);
        Assert.Equal(("ORDER", "order", 0.6),
            (settings.Privacy.Recognizers[0].Type, settings.Privacy.Recognizers[0].Context[0], settings.Privacy.Recognizers[0].Score));
    }

    [Theory]
    [InlineData("""{"Queries":{"MaxTokens":"many"}}""", "Queries:MaxTokens must be a whole number, 1..8192, found 'many'")]
    [InlineData("""{"Queries":{"MaxTokens":1.5}}""", "Queries:MaxTokens must be a whole number, 1..8192, found '1.5'")]
    [InlineData("""{"Queries":{"MaxTokens":99999999999}}""", "Queries:MaxTokens must be a whole number, 1..8192, found '99999999999'")]
    [InlineData("""{"Queries":{"DeadlineSeconds":"00:00:30"}}""", "Queries:DeadlineSeconds must be a number, 1..3600, found '00:00:30'")]
    [InlineData("""{"Queries":{"DeadlineSeconds":1e300}}""", "Queries:DeadlineSeconds must be a number, 1..3600, found '1e300'")]
    [InlineData("""{"Queries":{"DeadlineSeconds":"NaN"}}""", "Queries:DeadlineSeconds must be a number, 1..3600, found 'NaN'")]
    [InlineData("""{"Answers":{"LearnedMegabytes":"NaN"}}""", "Answers:LearnedMegabytes must be 0.01..1024, found NaN")]
    [InlineData("""{"Answers":{"Learn":"yes"}}""", "Answers:Learn must be true or false, found 'yes'")]
    [InlineData("""{"Privacy":{"Actions":{"EMAIL":"Burn"}}}""",
        "Privacy:Actions:EMAIL must be one of Replace, Mask, Drop, Hash, Encrypt, Keep, found 'Burn'")]
    [InlineData("""{"Queries":{"ReplyPrefixes":"clients/"}}""", "Queries:ReplyPrefixes must be a list, found 'clients/'")]
    [InlineData("""{"Queries":{"ReplyPrefixes":[]}}""", "Queries:ReplyPrefixes must be topic prefixes without wildcards, found ''")]
    [InlineData("""{"Queries":{"MaxTokens":{"A":1}}}""", "Queries:MaxTokens must be a whole number, 1..8192, found a section")]
    [InlineData("""{"Queries":7}""", "Queries must be a section, found '7'")]
    [InlineData("""{"Mqtt":{"Pol":"x"}}""", "Mqtt:Pol is no option; Mqtt has Broker, Listen, Site, Device, Pool,")]
    [InlineData("""{"Mqt":{"Pool":"x"}}""", "Mqt is no section; allowed are Thermal, StackLight,")]
    [InlineData("""{"Privacy":{"Recognizers":[{"Name":"n","Type":"T","Pattern":"a","Scor":1}]}}""",
        "Privacy:Recognizers:0:Scor is no option")]
    [InlineData("""{"Privacy":{"Recognizers":[{"Name":"n","Type":"T","Pattern":"a","Check":"sum"}]}}""",
        "Privacy:Recognizers:0:Check must be one of")]
    public void Bind_Wrong_SaysWhatIsAllowedAndFound(string json, string said) =>
        Assert.StartsWith(said, Assert.Single(Assert.Throws<SettingsException>(() => Load(json)).Problems), StringComparison.Ordinal);

    [Fact]
    public void Bind_SeveralOfEachKind_ReportsThemAll() =>
        Assert.Equal(4, Assert.Throws<SettingsException>(() =>
            Load("""{"Mqt":1,"Mqtt":{"Pol":"x"},"Queries":{"MaxTokens":"many"},"Student":{"Rows":0}}""")).Problems.Count);

    [Fact]
    public void Bind_List_ReplacesTheDefaultOne() =>
        Assert.Equal(["plant/"], Load("""{"Queries":{"ReplyPrefixes":["plant/"]}}""").Queries.ReplyPrefixes);

    [Fact]
    public void Bind_NullOrNothing_LeavesTheDefault()
    {
        var settings = Load("""{"Mqtt":{"Site":null},"Queries":{},"Student":{"Require":""}}""");
        Assert.Equal(("local", 1024, null), (settings.Mqtt.Site, settings.Queries.MaxTokens, settings.Student.Require));
        Assert.Equal(["clients/"], settings.Queries.ReplyPrefixes);
    }

    private static AgentSettings Load(string json)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.File("agent.json"), json);
        return AgentSettings.Load(directory.File("agent.json"), new Dictionary<string, string?>());
    }
}
