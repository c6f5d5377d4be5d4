using System.Reflection;
using System.Text.Json;
using EdgeAgent.Mqtt;
using EdgeAgent.Queries;
using EdgeAgent.Tests.Cli;
using EdgeAgent.Updates;

namespace EdgeAgent.Tests.Docs;

/// <summary>The MQTT reference names every topic, field, command, update state, reason and error code that the program has.</summary>
public sealed class MqttReferenceTests
{
    private static readonly MarkdownPage Page = MarkdownPage.Load("docs/reference/mqtt-api.md");

    /// <summary>Names of parameters in <see cref="Topics"/>, and what stands for them in the reference.</summary>
    private static readonly Dictionary<string, string> Placeholders = new()
    {
        ["operation"] = "{op}",
        ["id"] = "{id}",
        ["bundle"] = "{sha256}",
        ["pool"] = "{pool}",
        ["clientId"] = "{clientId}",
    };

    /// <summary>Every topic that <see cref="Topics"/> makes, except filters with wildcards.</summary>
    public static TheoryData<string> TopicNames
    {
        get
        {
            var topics = new Topics("{site}", "{device}");
            const BindingFlags own = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
            var properties = typeof(Topics).GetProperties(own).Where(p => p.PropertyType == typeof(string))
                .Select(p => (string)p.GetValue(topics)!);
            var methods = typeof(Topics).GetMethods(own)
                .Where(m => m.ReturnType == typeof(string) && !m.IsSpecialName)
                .Select(m => (string)m.Invoke(topics, [.. m.GetParameters().Select(Argument)])!);
            return [.. properties.Concat(methods).Select(t => t.Replace($"/{int.MaxValue}", "/{n}", StringComparison.Ordinal))
                .Where(t => !t.Contains('+', StringComparison.Ordinal)).Distinct()];
        }
    }

    public static TheoryData<string> Codes =>
        [.. Constants(typeof(ErrorCodes)), .. Constants(typeof(UpdateReasons)), .. Constants(typeof(Operations)),
            .. Enum.GetNames<UpdateState>().Select(JsonNamingPolicy.KebabCaseLower.ConvertName)];

    [Theory]
    [MemberData(nameof(TopicNames))]
    public void Reference_NamesTheTopic(string topic) => Assert.Contains($"`{topic}`", Page.Text, StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Codes))]
    public void Reference_NamesTheCode(string code) => Assert.Contains($"| `{code}` |", Page.Text, StringComparison.Ordinal);

    /// <summary>Fields of a real reply and of real telemetry: what is sent is what is written.</summary>
    [Fact]
    public async Task Reference_NamesEveryFieldThatADeviceSends()
    {
        await using var agent = await AgentFixture.StartAsync();
        var telemetry = AgentProcess.RunAsync(null, "top", "--json", "--seconds", "11", "--broker", $"{agent.Broker}");
        var (code, reply, _) = await AgentProcess.RunAsync(null, "ask", "Alarm SP-14, call 13812345678?", "--json", "--broker",
            $"{agent.Broker}");
        Assert.Equal(0, code);
        using var answer = JsonDocument.Parse(reply);
        using var measures = JsonDocument.Parse((await telemetry).Output.Split('\n')[0]);
        var fields = Names(answer.RootElement.GetProperty("agent")).Concat(Names(measures.RootElement)).Except(["device"]).ToList();
        Assert.Contains("answer_id", fields);
        Assert.Contains("tokens_s", fields);
        Assert.All(fields, f => Assert.Contains($"`{f}`", Page.Text, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Names(JsonElement json) => json.EnumerateObject().Select(p => p.Name);

    [Fact]
    public void Topics_AreFoundByReflection()
    {
        var names = TopicNames.Select(d => d.Data).ToList();
        Assert.Contains("edge/v1/{site}/{device}/query", names);
        Assert.Contains("edge/v1/{site}/blob/{sha256}/chunk/{n}", names);
        Assert.True(names.Count >= 12, string.Join("\n", names));
    }

    private static object Argument(ParameterInfo parameter) =>
        parameter.ParameterType == typeof(int) ? int.MaxValue
        : Placeholders.TryGetValue(parameter.Name!, out var placeholder) ? placeholder
        : throw new InvalidOperationException($"add parameter {parameter.Name} of Topics.{parameter.Member.Name} to the placeholders");

    private static IEnumerable<string> Constants(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.Static).Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!);
}
