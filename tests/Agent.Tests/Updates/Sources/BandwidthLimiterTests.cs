using EdgeAgent.Updates.Sources;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Updates.Sources;

public sealed class BandwidthLimiterTests
{
    /// <summary>The cap holds within 10 %, whatever the sizes of the chunks.</summary>
    [Fact]
    public async Task TakeAsync_Bytes_KeepsTheRate()
    {
        var clock = new FakeTimeProvider();
        var limiter = new BandwidthLimiter(2_000_000, clock);
        var random = new Random(3);
        var start = clock.GetUtcNow();
        long sent = 0;
        while (sent < 100_000_000)
        {
            var size = random.Next(1, 1 << 20);
            var taken = limiter.TakeAsync(size, TestContext.Current.CancellationToken);
            while (!taken.IsCompleted)
            {
                clock.Advance(TimeSpan.FromMilliseconds(5));
                await Task.Yield();
            }
            sent += size;
        }
        Assert.InRange(sent / (clock.GetUtcNow() - start).TotalSeconds, 1_800_000, 2_200_000);
    }
}
