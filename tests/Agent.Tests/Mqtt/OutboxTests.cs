using EdgeAgent.Mqtt;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Mqtt;

public sealed class OutboxTests
{
    private static OutboundMessage Message(int n, int bytes = 10) => new($"t/{n}", new byte[bytes]) { AtLeastOnce = true };

    [Fact]
    public async Task Flush_SendsInOrderAndStopsAtTheFirstFailure()
    {
        var outbox = new Outbox(new OutboxLimits(10, 1000), TimeProvider.System, (_, _) => { });
        var tasks = Enumerable.Range(0, 4).Select(n => outbox.Add(Message(n))).ToList();
        var sent = new List<string>();
        await outbox.FlushAsync(m =>
        {
            if (sent.Count == 2) return Task.FromResult(SendResult.Failed);
            sent.Add(m.Topic);
            return Task.FromResult(SendResult.Sent);
        });
        Assert.Equal(["t/0", "t/1"], sent);
        Assert.Equal([true, true, false, false], tasks.Select(t => t.IsCompleted));
        await outbox.FlushAsync(m =>
        {
            sent.Add(m.Topic);
            return Task.FromResult(SendResult.Sent);
        });
        Assert.Equal(["t/0", "t/1", "t/2", "t/3"], sent);
        Assert.Equal(0, outbox.Count);
    }

    [Theory]
    [InlineData(3, 1000)]
    [InlineData(100, 30)]
    public void Add_Full_DropsTheOldestAndCountsIt(int messages, long bytes)
    {
        var outbox = new Outbox(new OutboxLimits(messages, bytes), TimeProvider.System, (_, _) => { });
        var tasks = Enumerable.Range(0, 5).Select(n => outbox.Add(Message(n))).ToList();
        Assert.Equal((3, 2), (outbox.Count, outbox.Dropped));
        Assert.Equal([true, true, false, false, false], tasks.Select(t => t.IsCompleted));
    }

    /// <summary>Whatever their order: telemetry is dropped before a report, and a report before a reply.</summary>
    [Fact]
    public async Task Add_Full_DropsTelemetryThenReportsThenReplies()
    {
        var outbox = new Outbox(new OutboxLimits(3, 1000), TimeProvider.System, (_, _) => { });
        var kinds = new[] { MessageKind.Reply, MessageKind.Telemetry, MessageKind.Report, MessageKind.Telemetry, MessageKind.Report,
            MessageKind.Telemetry, MessageKind.Reply };
        var tasks = kinds.Select((kind, n) => outbox.Add(Message(n) with { Kind = kind })).ToList();
        Assert.Equal([false, true, true, true, false, true, false], tasks.Select(t => t.IsCompleted));
        var sent = new List<string>();
        await outbox.FlushAsync(m =>
        {
            sent.Add(m.Topic);
            return Task.FromResult(SendResult.Sent);
        });
        Assert.Equal(["t/0", "t/6", "t/4"], sent);
    }

    [Fact]
    public void Add_OlderThanTheLimit_IsDroppedAndCounted()
    {
        var clock = new FakeTimeProvider();
        var outbox = new Outbox(new OutboxLimits(10, 1000, TimeSpan.FromHours(1)), clock, (_, _) => { });
        var old = outbox.Add(Message(1) with { Kind = MessageKind.Telemetry });
        clock.Advance(TimeSpan.FromHours(0.9));
        var later = outbox.Add(Message(2));
        clock.Advance(TimeSpan.FromHours(0.2));
        _ = outbox.Add(Message(3));
        Assert.Equal((true, false, 2, 1), (old.IsCompleted, later.IsCompleted, outbox.Count, outbox.Dropped));
    }

    [Fact]
    public async Task Add_Retained_ReplacesTheWaitingMessageOfItsTopic()
    {
        var outbox = new Outbox(new OutboxLimits(10, 1000), TimeProvider.System, (_, _) => { });
        var first = outbox.Add(Message(1) with { Retain = true });
        _ = outbox.Add(Message(2) with { Retain = true });
        var newest = Message(1, bytes: 20) with { Retain = true };
        _ = outbox.Add(newest);
        Assert.Equal((2, 0), (outbox.Count, outbox.Dropped));
        Assert.Equal(PublishResult.Dropped, await first);
        var sent = new List<OutboundMessage>();
        await outbox.FlushAsync(m =>
        {
            sent.Add(m);
            return Task.FromResult(SendResult.Sent);
        });
        Assert.Equal(["t/1", "t/2"], sent.Select(m => m.Topic));
        Assert.Same(newest, sent[0]);
    }

    /// <summary>What is under way cannot be replaced: the newer message follows it.</summary>
    [Fact]
    public async Task Add_RetainedWhileTheOldOneIsSent_IsSentAfterIt()
    {
        var outbox = new Outbox(new OutboxLimits(10, 1000), TimeProvider.System, (_, _) => { });
        var sent = new List<int>();
        var first = outbox.Add(Message(1, bytes: 1) with { Retain = true });
        await outbox.FlushAsync(m =>
        {
            if (sent.Count == 0) _ = outbox.Add(Message(1, bytes: 2) with { Retain = true });
            sent.Add(m.Payload.Length);
            return Task.FromResult(SendResult.Sent);
        });
        Assert.Equal([1, 2], sent);
        Assert.Equal(PublishResult.Sent, await first);
    }

    /// <summary>A reply topic that the broker forbids must not block the replies behind it.</summary>
    [Fact]
    public async Task Flush_RefusedMessage_IsDroppedAndTheNextIsSent()
    {
        var outbox = new Outbox(new OutboxLimits(10, 1000), TimeProvider.System, (_, _) => { });
        var (refused, next) = (outbox.Add(Message(1)), outbox.Add(Message(2)));
        await outbox.FlushAsync(m => Task.FromResult(m.Topic == "t/1" ? SendResult.Refused : SendResult.Sent));
        Assert.Equal((PublishResult.Dropped, PublishResult.Sent), (await refused, await next));
        Assert.Equal((0, 1), (outbox.Count, outbox.Dropped));
    }

    /// <summary>
    /// A reconnect asks for a flush while the one of the lost connection has not failed yet: nothing may stay behind.
    /// </summary>
    [Fact]
    public async Task Flush_AskedForDuringAFlushThatFails_GoesOn()
    {
        var outbox = new Outbox(new OutboxLimits(10, 1000), TimeProvider.System, (_, _) => { });
        var only = outbox.Add(Message(1));
        var attempts = 0;
        async Task<SendResult> SendAsync(OutboundMessage message)
        {
            if (++attempts > 1) return SendResult.Sent;
            await outbox.FlushAsync(SendAsync);
            return SendResult.Failed;
        }
        await outbox.FlushAsync(SendAsync);
        Assert.Equal(2, attempts);
        Assert.Equal(PublishResult.Sent, await only);
    }
}
