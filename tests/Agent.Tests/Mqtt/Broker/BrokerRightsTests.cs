using EdgeAgent.Mqtt;
using EdgeAgent.Mqtt.Broker;

namespace EdgeAgent.Tests.Mqtt.Broker;

public sealed class BrokerRightsTests
{
    private static readonly BrokerRights Rights = new(new Topics("plant", "d1"));

    private static BrokerClient Client(string name)
    {
        Assert.True(UserFile.TryRole(AccessCases.Users.Single(u => u.Name == name).Role, out var role));
        return new BrokerClient(name, role, name);
    }

    [Fact]
    public void Cases_AreFortyForbiddenAndMore() =>
        Assert.True(AccessCases.Forbidden.Count >= 40 && AccessCases.Forbidden.Count(c => c.IsForMosquitto) >= 40);

    /// <summary>What is in a message is the gate's to read; all else is the table's.</summary>
    [Fact]
    public void Refusal_EachCase_IsAsTheListSays() => Assert.All(AccessCases.All, c =>
    {
        var act = c.Attempt switch { Attempt.Send => BrokerAct.Publish, Attempt.Keep => BrokerAct.Retain, _ => BrokerAct.Subscribe };
        var client = Client(c.User);
        var isRefused = Rights.Refusal(client, act, c.Topic) is not null
            || c.ReplyTo is { } topic && !BrokerRights.IsOwnReply(client, topic)
            || c.Attempt != Attempt.Read && BrokerRights.NamesReplyTopic(c.Topic) && ReplyTopicFields.Read(
                new System.Buffers.ReadOnlySequence<byte>(System.Text.Encoding.UTF8.GetBytes(c.Payload)))
                .Any(t => !BrokerRights.IsOwnReply(client, t));
        Assert.True(isRefused != c.IsAllowed, c.ToString());
    });

    [Theory]
    [InlineData("edge/v1/plant/d1/state")]
    [InlineData("edge/v1/plant/d1/cmd/model-update/u1/status")]
    public void Clear_OfTheDeviceItself_IsTheDevicesAlone(string topic)
    {
        Assert.NotNull(Rights.Refusal(Client("fleet"), BrokerAct.Clear, topic));
        Assert.Null(Rights.Refusal(Client("fleet"), BrokerAct.Clear, topic.Replace("d1", "gone", StringComparison.Ordinal)));
        Assert.NotNull(Rights.Refusal(Client("hmi-1"), BrokerAct.Clear, topic.Replace("d1", "gone", StringComparison.Ordinal)));
    }

    [Fact]
    public void Local_WithoutUsers_MayAllButSpeakForTheDevice()
    {
        var local = new BrokerClient("", BrokerRole.Local, "anybody");
        Assert.Null(Rights.Refusal(local, BrokerAct.Subscribe, "#"));
        Assert.Null(Rights.Refusal(local, BrokerAct.Retain, "edge/v1/plant/d1/cmd/model-update/u1"));
        Assert.Null(Rights.Refusal(local, BrokerAct.Retain, "edge/v1/plant/d2/state"));
        foreach (var topic in new[] { "state", "model", "telemetry", "cmd/model-update/u1/status" })
            Assert.NotNull(Rights.Refusal(local, BrokerAct.Retain, $"edge/v1/plant/d1/{topic}"));
        Assert.NotNull(Rights.Refusal(local, BrokerAct.Publish, "$SYS/x"));
        Assert.Null(new BrokerRights(null).Refusal(local, BrokerAct.Retain, "edge/v1/plant/d1/state"));
    }

    [Theory]
    [InlineData("a/+/c")]
    [InlineData("a/#")]
    [InlineData("a\0b")]
    [InlineData("")]
    public void Publish_ToWhatIsNoTopic_IsRefusedEvenToTheAgent(string topic) =>
        Assert.NotNull(Rights.Refusal(new BrokerClient("", BrokerRole.Agent, "a"), BrokerAct.Publish, topic));
}
