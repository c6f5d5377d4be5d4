using EdgeAgent.Inference.Engine;
using EdgeAgent.Inference.Sampling;

namespace EdgeAgent.Tests.Inference.Engine;

public sealed class FairQueueTests
{
    private readonly FairQueue _queue = new(safetyShare: 0.5);

    private static Generation Request(string client, int cost = 100, long deadline = long.MaxValue, bool isSafety = false) =>
        new(new GenerationRequest([1], new SamplingOptions(), deadline)
        {
            Client = client,
            Priority = isSafety ? RequestPriority.Safety : RequestPriority.Normal,
        }, _ => { })
        { Cost = cost };

    private string Order(int count) => string.Concat(Enumerable.Range(0, count).Select(_ => _queue.Take(_ => true)!.Request.Client));

    [Fact]
    public void Take_Clients_TakeTurnsByTokens()
    {
        for (var i = 0; i < 6; i++) _queue.Add(Request("a", cost: FairQueue.Quantum));
        for (var i = 0; i < 6; i++) _queue.Add(Request("b", cost: FairQueue.Quantum / 2));
        Assert.Equal("abbabbabb", Order(9));
    }

    [Fact]
    public void Take_RequestDearerThanATurn_WaitsForSeveral()
    {
        _queue.Add(Request("a", cost: 3 * FairQueue.Quantum));
        for (var i = 0; i < 4; i++) _queue.Add(Request("b", cost: FairQueue.Quantum));
        Assert.Equal("bbabb", Order(5));
    }

    [Fact]
    public void Take_OneClient_EarliestDeadlineFirst()
    {
        foreach (var deadline in new[] { 30L, 10, 20, 10 }) _queue.Add(Request("a", deadline: deadline));
        Assert.Equal([10, 10, 20, 30], Enumerable.Range(0, 4).Select(_ => _queue.Take(_ => true)!.Request.Deadline));
        Assert.Null(_queue.Take(_ => true));
    }

    [Fact]
    public void Take_Safety_ComesFirstUpToItsShare()
    {
        for (var i = 0; i < 20; i++) _queue.Add(Request("n", cost: 50));
        for (var i = 0; i < 20; i++) _queue.Add(Request("S", cost: 50, isSafety: true));
        var order = Order(20);
        Assert.StartsWith("SS", order, StringComparison.Ordinal);
        Assert.InRange(order.Count(c => c == 'S'), 10, 13);
        Assert.Equal(20, Order(20).Length);
    }

    [Fact]
    public void Take_ClientThatMayNot_IsPassedOver()
    {
        _queue.Add(Request("a"));
        _queue.Add(Request("b"));
        Assert.Equal("b", _queue.Take(c => c != "a")!.Request.Client);
        Assert.Null(_queue.Take(c => c != "a"));
        Assert.Equal("a", _queue.Take(_ => true)!.Request.Client);
    }

    /// <summary>Looking ahead changes nothing, and shows what taking then gives; removing works anywhere.</summary>
    [Fact]
    public void InOrder_AnyQueue_IsTheOrderOfTaking()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var queue = new FairQueue(0.5);
            var all = Enumerable.Range(0, random.Next(1, 40)).Select(_ => Request($"c{random.Next(5)}", random.Next(1, 900),
                random.Next(5), random.Next(4) == 0)).ToList();
            all.ForEach(queue.Add);
            var taken = random.Next(all.Count);
            for (var i = 0; i < taken; i++) queue.Take(_ => true);
            var left = queue.InOrder().ToList();
            if (left.Count > 1)
            {
                var gone = left[random.Next(left.Count)];
                Assert.True(queue.Remove(gone));
                Assert.False(queue.Remove(gone));
                left = [.. queue.InOrder()];
                Assert.DoesNotContain(gone, left);
            }
            Assert.Equal(left, [.. queue.InOrder()]);
            Assert.Equal(left.Count, queue.Count);
            Assert.Equal(left, [.. Enumerable.Range(0, left.Count).Select(_ => queue.Take(_ => true)!)]);
            Assert.Equal((0, 0L), (queue.Count, queue.PromptTokens));
            Assert.Null(queue.Take(_ => true));
        }
    }
}
