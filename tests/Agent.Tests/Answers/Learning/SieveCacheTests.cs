using EdgeAgent.Answers.Learning;

namespace EdgeAgent.Tests.Answers.Learning;

public sealed class SieveCacheTests
{
    [Fact]
    public void Put_AnyLoad_StaysWithinTheCapacityAndKeepsHotEntries()
    {
        var random = new Random(2);
        var sieve = new SieveCache<(string Key, int Size)>(10_000, v => v.Size);
        var here = new Dictionary<string, int>();
        for (var i = 0; i < 20_000; i++)
        {
            var key = $"k{(int)(400 * Math.Pow(random.NextDouble(), 3))}";
            if (random.Next(10) == 0)
            {
                Assert.Equal(here.Remove(key), sieve.Remove(key));
                continue;
            }
            Assert.Equal(here.ContainsKey(key), sieve.TryGet(key, out var found));
            if (here.TryGetValue(key, out var size))
            {
                Assert.Equal(size, found.Size);
                continue;
            }
            var added = (Key: key, Size: random.Next(10, 500));
            here[key] = added.Size;
            foreach (var gone in sieve.Put(key, added)) Assert.True(here.Remove(gone.Key));
            Assert.Equal(here.Values.Sum(), sieve.Bytes);
            Assert.InRange(sieve.Bytes, 0, 10_000);
        }
        Assert.True(sieve.TryGet("k0", out _) || sieve.TryGet("k1", out _));
        Assert.Single(sieve.Put("huge", ("huge", 10_001)));
    }

    /// <summary>Readers set visited bits without a lock while a writer evicts, replaces and removes.</summary>
    [Fact]
    public async Task TryGet_BesideAWriter_SeesOnlyValuesOfTheKey()
    {
        var cache = new SieveCache<(string Key, int Size)>(2_000, v => v.Size);
        using var stop = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 2).Select(seed => Task.Run(() =>
        {
            var random = new Random(seed);
            var found = 0;
            while (!stop.IsCancellationRequested)
            {
                var key = $"k{random.Next(100)}";
                if (!cache.TryGet(key, out var value)) continue;
                Assert.Equal(key, value.Key);
                found++;
            }
            return found;
        })).ToList();
        var writer = new Random(7);
        for (var i = 0; i < 50_000; i++)
        {
            var key = $"k{writer.Next(100)}";
            if (writer.Next(10) == 0) cache.Remove(key);
            else cache.Put(key, (key, writer.Next(10, 100)));
            Assert.InRange(cache.Bytes, 0, 2_000);
        }
        await stop.CancelAsync();
        await Task.WhenAll(readers);
        Assert.Equal(cache.Bytes, cache.Values.Sum(v => v.Size));
        Assert.Equal(cache.Count, cache.Values.Count());
    }
}
