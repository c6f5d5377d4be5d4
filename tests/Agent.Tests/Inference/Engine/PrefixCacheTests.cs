using EdgeAgent.Inference.Engine;

namespace EdgeAgent.Tests.Inference.Engine;

public sealed class PrefixCacheTests
{
    private const int Bytes = 64;

    private static int[] Prompt(int length, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => random.Next(1000))];
    }

    private static void Keep(PrefixCache cache, string client, params PrefixKey[] keys)
    {
        foreach (var key in keys) cache.Add(key, client, data => data.Fill((byte)key.GetHashCode()));
    }

    [Fact]
    public void Keys_Prompt_NameItsWholeBlocksButNeverTheLastToken()
    {
        foreach (var (length, blocks) in new[] { (1, 0), (32, 0), (33, 1), (64, 1), (65, 2), (1000, 31) })
            Assert.Equal(blocks, PrefixKey.Of("s", "", Prompt(length)).Length);
    }

    /// <summary>A block's name depends on all tokens up to it, on the student and on the domain; on nothing behind it.</summary>
    [Fact]
    public void Keys_OneTokenChanged_ChangesThatBlockAndAllBehindIt()
    {
        var prompt = Prompt(200);
        var keys = PrefixKey.Of("s", "d", prompt);
        Assert.Equal(keys, PrefixKey.Of("s", "d", [.. prompt, 5, 6]));
        prompt[70]++;
        var changed = PrefixKey.Of("s", "d", prompt);
        Assert.Equal(keys[..2], changed[..2]);
        for (var i = 2; i < keys.Length; i++) Assert.NotEqual(keys[i], changed[i]);
        Assert.Empty(keys.Intersect(PrefixKey.Of("t", "d", Prompt(200))));
        Assert.Empty(keys.Intersect(PrefixKey.Of("s", "e", Prompt(200))));
    }

    [Fact]
    public void Match_OwnPrompt_IsServedAtOnce()
    {
        using var cache = new PrefixCache(1 << 20, Bytes);
        var keys = PrefixKey.Of("s", "", Prompt(200));
        Keep(cache, "a", keys[..4]);
        Assert.Equal(4, cache.Match(keys, "a"));
        Assert.Equal((byte)keys[2].GetHashCode(), cache.Data(keys[2], "a")[Bytes - 1]);
    }

    /// <summary>A hash can be forged, the ids it stands for cannot.</summary>
    [Fact]
    public void Match_SameHashOfOtherIds_IsNoMatch()
    {
        using var cache = new PrefixCache(1 << 20, Bytes);
        var key = PrefixKey.Of("s", "", Prompt(200))[0];
        Keep(cache, "a", key);
        var forged = new byte[PrefixKey.Bytes];
        key.Write(forged);
        Assert.Equal(1, cache.Match([PrefixKey.Read(forged)], "a"));
        forged[^1] ^= 1;
        Assert.Equal(key.GetHashCode(), PrefixKey.Read(forged).GetHashCode());
        Assert.Equal(0, cache.Match([PrefixKey.Read(forged)], "a"));
    }

    /// <summary>What one client asked shows in no other client's times; what two have asked is no secret of one.</summary>
    [Fact]
    public void Match_PromptOfAnotherClient_IsServedOnlyAfterASecondOneSentIt()
    {
        using var cache = new PrefixCache(1 << 20, Bytes);
        var keys = PrefixKey.Of("s", "", Prompt(200));
        Keep(cache, "a", keys);
        Assert.Equal(0, cache.Match(keys, "b"));
        Assert.True(cache.Data(keys[0], "b").IsEmpty);
        Keep(cache, "a", keys); // the same client again changes nothing
        Assert.Equal(0, cache.Match(keys, "b"));
        Keep(cache, "b", keys[..2]);
        Assert.Equal(2, cache.Match(keys, "c"));
        Assert.Equal(keys.Length, cache.Match(keys, "a"));
    }

    [Fact]
    public void Match_BlockMissingInTheMiddle_EndsThere()
    {
        using var cache = new PrefixCache(1 << 20, Bytes);
        var keys = PrefixKey.Of("s", "", Prompt(200));
        Keep(cache, "a", [keys[0], keys[1], keys[3]]);
        Assert.Equal(2, cache.Match(keys, "a"));
    }

    [Fact]
    public void Add_MoreThanFits_DropsWhatWasNotUsedForLongest()
    {
        using var cache = new PrefixCache(4 * Bytes, Bytes);
        var (page, others) = (PrefixKey.Of("s", "", Prompt(70)), PrefixKey.Of("s", "", Prompt(200, seed: 2)));
        Keep(cache, "a", page);
        foreach (var other in others)
        {
            cache.Use(page, 2);
            Keep(cache, "a", other);
            Assert.True(cache.Counts.Bytes <= 4 * Bytes);
        }
        Assert.Equal(2, cache.Match(page, "a"));
        Assert.Equal(new PrefixCounts(4 * Bytes, 4, others.Length, 0, 64L * others.Length), cache.Counts);
    }

    /// <summary>The end of a prefix goes before its beginning: what is left is of use.</summary>
    [Fact]
    public void Add_PrefixDoesNotFitAnyMore_LosesItsEndFirst()
    {
        using var cache = new PrefixCache(6 * Bytes, Bytes);
        var keys = PrefixKey.Of("s", "", Prompt(200));
        Keep(cache, "a", keys);
        cache.Touch(keys);
        Keep(cache, "a", PrefixKey.Of("s", "", Prompt(100, seed: 2)));
        Assert.Equal(3, cache.Match(keys, "a"));
    }

    [Fact]
    public void Add_AfterDispose_KeepsNothing()
    {
        var cache = new PrefixCache(1 << 20, Bytes);
        var keys = PrefixKey.Of("s", "", Prompt(100));
        cache.Dispose();
        Keep(cache, "a", keys);
        Assert.Equal(0, cache.Counts.Blocks);
    }
}
