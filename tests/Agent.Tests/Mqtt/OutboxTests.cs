using EdgeAgent.Mqtt;

namespace EdgeAgent.Tests.Mqtt;

public sealed class OutboxTests
{
    private static OutboundMessage Message(int n, int bytes = 10) => new($"t/{n}", new byte[bytes]) { AtLeastOnce = true };

    [Fact]
    public async Task Flush_SendsInOrderAndStopsAtTheFirstFailure()
    {
        var outbox = new Outbox(10, 1000);
        var tasks = Enumerable.Range(0, 4).Select(n => outbox.Add(Message(n))).ToList();
        var sent = new List<string>();
        await outbox.FlushAsync(m =>
        {
            if (sent.Count == 2) return Task.FromResult(false);
            sent.Add(m.Topic);
            return Task.FromResult(true);
        });
        Assert.Equal(["t/0", "t/1"], sent);
        Assert.Equal([true, true, false, false], tasks.Select(t => t.IsCompleted));
        await outbox.FlushAsync(m =>
        {
            sent.Add(m.Topic);
            return Task.FromResult(true);
        });
        Assert.Equal(["t/0", "t/1", "t/2", "t/3"], sent);
        Assert.Equal(0, outbox.Count);
    }

    [Theory]
    [InlineData(3, 1000)]
    [InlineData(100, 30)]
    public void Add_Full_DropsTheOldestAndCountsIt(int messages, long bytes)
    {
        var outbox = new Outbox(messages, bytes);
        var tasks = Enumerable.Range(0, 5).Select(n => outbox.Add(Message(n))).ToList();
        Assert.Equal((3, 2), (outbox.Count, outbox.Dropped));
        Assert.Equal([true, true, false, false, false], tasks.Select(t => t.IsCompleted));
    }
}
