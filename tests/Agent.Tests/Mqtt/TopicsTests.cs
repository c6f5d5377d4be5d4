using System.Text.RegularExpressions;
using EdgeAgent.Mqtt;

namespace EdgeAgent.Tests.Mqtt;

public sealed partial class TopicsTests
{
    private static readonly Topics Device = new("plant", "d1");

    /// <summary>A client that has a reply topic for each query is one client still.</summary>
    [Theory]
    [InlineData("clients/t1/rsp", "clients/t1")]
    [InlineData("clients/t1/rsp/4711", "clients/t1")]
    [InlineData("clients/t1", "clients/t1")]
    [InlineData("clients/hmi/t2/rsp", "clients/hmi/t2")]
    [InlineData("elsewhere/t1/rsp", "elsewhere/t1/rsp")]
    public void ClientOf_ReplyTopic_IsTheLevelBehindThePrefix(string topic, string client) =>
        Assert.Equal(client, Topics.ClientOf(topic, ["clients/", "clients/hmi/"]));

    [Theory]
    [InlineData("edge/v1/plant/d1/cmd/model-update/u1", true, "model-update", "u1")]
    [InlineData("edge/v1/plant/d1/cmd/answers-purge/p.1", true, "answers-purge", "p.1")]
    [InlineData("edge/v1/plant/d1/cmd/model-update/u1/status", false, "", "")]
    [InlineData("edge/v1/plant/d1/cmd/model-update", false, "", "")]
    [InlineData("edge/v1/plant/d1/cmd/model-update/ü", false, "", "")]
    [InlineData("edge/v1/plant/d1/cmd//u1", false, "", "")]
    [InlineData("edge/v1/plant/d1/query", false, "", "")]
    [InlineData("edge/v2/plant/d1/cmd/model-update/u1", false, "", "")]
    [InlineData("edge/v1", false, "", "")]
    [InlineData("edge/v1x/plant/d1/cmd/model-update/u1", false, "", "")]
    [InlineData("", false, "", "")]
    public void TryParseCommand_Topic_IsReadOrRefused(string topic, bool isCommand, string operation, string id)
    {
        Assert.Equal(isCommand, Topics.TryParseCommand(topic, out var foundOperation, out var foundId));
        Assert.Equal((operation, id), (foundOperation, foundId));
    }

    /// <summary>Whatever is built is read back as what it was built from.</summary>
    [Fact]
    public void TryParse_BuiltTopics_GiveBackTheirParts()
    {
        foreach (var (topic, kind) in new[]
        {
            (Device.Query, DeviceTopicKind.Query), (Device.Cancel, DeviceTopicKind.Cancel), (Device.Feedback, DeviceTopicKind.Feedback),
            (Device.State, DeviceTopicKind.State), (Device.Model, DeviceTopicKind.Model), (Device.Telemetry, DeviceTopicKind.Telemetry),
        })
            Assert.Equal((true, new DeviceTopic("plant", "d1", kind)), (Topics.TryParse(topic, out var parsed), parsed));
        Assert.True(Topics.TryParse(Device.Command(Operations.KeyRotation, "k1"), out var command));
        Assert.Equal(new DeviceTopic("plant", "d1", DeviceTopicKind.Command, "key-rotation", "k1"), command);
        Assert.True(Topics.TryParse(Device.CommandStatus(Operations.KeyRotation, "k1"), out var status));
        Assert.Equal(new DeviceTopic("plant", "d1", DeviceTopicKind.CommandStatus, "key-rotation", "k1"), status);
    }

    [Fact]
    public void TryParse_SiteTopics_AreNoDevices()
    {
        foreach (var topic in new[] { Device.Rollout, Device.BlobInfo("abc"), Device.Want("abc"), Device.Chunk("abc", 1) })
            Assert.False(Topics.TryParse(topic, out _), topic);
    }

    [Theory]
    [InlineData("edge/v1/plant/blob/abc/chunk/12", true, 12)]
    [InlineData("edge/v1/plant/blob/abc/chunk/-1", false, 0)]
    [InlineData("edge/v1/plant/blob/abc/chunk/", false, 0)]
    [InlineData("edge/v1/plant/blob/abc/info", false, 0)]
    [InlineData("12", false, 0)]
    public void TryParseChunk_Topic_GivesTheNumber(string topic, bool isChunk, int number) =>
        Assert.Equal((isChunk, number), (Topics.TryParseChunk(topic, out var found), found));

    [Fact]
    public void OfEveryDevice_Filters_MatchTheTopicsOfADevice()
    {
        var every = Topics.OfEveryDevice("plant");
        Assert.Equal("edge/v1/plant/+/state", every.State);
        Assert.Equal("edge/v1/plant/+/cmd/model-update/+", every.CommandsOf(Operations.ModelUpdate));
        Assert.Equal("edge/v1/plant/+/cmd/model-update/+/status", every.StatusesOf(Operations.ModelUpdate));
    }

    /// <summary>Topics are written in one file: no other string literal of the agent contains a segment of the contract.</summary>
    [Fact]
    public void Sources_OutsideTopics_ContainNoTopic()
    {
        var root = Path.Combine(SharedData.Repository, "agent");
        var found = Directory.GetFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(f => Path.GetFileName(f) != "Topics.cs" && !f.Contains("/obj/", StringComparison.Ordinal)
                && !f.Contains("/bin/", StringComparison.Ordinal))
            .SelectMany(f => File.ReadLines(f).Where(l => !l.TrimStart().StartsWith("//", StringComparison.Ordinal))
                .SelectMany(l => StringLiteral().Matches(l)).Where(m => Segment().IsMatch(m.Value))
                .Select(m => $"{Path.GetRelativePath(root, f)}: {m.Value}")).ToList();
        Assert.True(found.Count == 0, string.Join(Environment.NewLine, found));
    }

    /// <summary>The rule above must be able to fail.</summary>
    [Theory]
    [InlineData("""$"edge/v1/{site}/x" """, true)]
    [InlineData("""$"{root}/cmd/{operation}" """, true)]
    [InlineData(""" "clients/{id}/rsp" """, true)]
    [InlineData(""" "clients/" """, false)] // a prefix that an option has as its default is no topic
    [InlineData(""" $"/proc/{id}/status" """, false)]
    [InlineData(""" "/v1/chat/completions" """, false)]
    public void Sources_Rule_FindsTopics(string line, bool isTopic) =>
        Assert.Equal(isTopic, StringLiteral().Matches(line).Any(m => Segment().IsMatch(m.Value)));

    [GeneratedRegex("\"(?:[^\"\\\\]|\\\\.)*\"")]
    private static partial Regex StringLiteral();

    [GeneratedRegex(@"edge/v\d|/cmd/|clients/[^""]|/chunk/|/want\b|" +
        @"\}/(query|cancel|state|model|telemetry|feedback|rollout)""|\$share/|/rsp\b")]
    private static partial Regex Segment();
}
