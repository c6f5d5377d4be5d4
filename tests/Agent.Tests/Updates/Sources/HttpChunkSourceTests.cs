using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using EdgeAgent.Bundles.Slots;
using EdgeAgent.Updates;
using EdgeAgent.Updates.Sources;

namespace EdgeAgent.Tests.Updates.Sources;

/// <summary>A bundle from a web server: ranges, resumption, servers that lie.</summary>
public sealed class HttpChunkSourceTests : IDisposable
{
    private readonly UpdateLab _lab = new();
    private readonly HttpClient _client = new();

    public void Dispose()
    {
        _client.Dispose();
        _lab.Dispose();
    }

    [Fact]
    public async Task Run_FromAWebServer_FetchesRangesAndCommits()
    {
        var (directory, id) = _lab.Bundle("v2",
            change: d => File.WriteAllBytes(Path.Combine(d, "more stuff.bin"), RandomNumberGenerator.GetBytes(30_000)));
        await using var server = new RangeServer(directory);
        _lab.Sources = (c, p) => new HttpChunkSource(new Uri(c.Url!), p, _client, _lab.Clock);
        Assert.Equal(UpdateState.Committed, (await _lab.RunAsync("u1", "", id, c => c with { Url = server.Address })).State);
        Assert.True(server.Ranges > 8);
    }

    [Fact]
    public async Task Run_ServerThatFailsNowAndThen_GoesOnWhereItWas()
    {
        var (directory, id) = _lab.Bundle("v2",
            change: d => File.WriteAllBytes(Path.Combine(d, "more.bin"), RandomNumberGenerator.GetBytes(60_000)));
        await using var server = new RangeServer(directory) { FailEvery = 5 };
        _lab.Sources = (c, p) => new HttpChunkSource(new Uri(c.Url!), p, _client, _lab.Clock);
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(50));
        _lab.Clock = clock;
        _lab.Reopen();
        var update = await _lab.RunAsync("u1", "", id, c => c with { Url = server.Address });
        for (var i = 0; i < 50 && !update.IsOver; i++)
        {
            Assert.True(update.NextRetry > clock.GetUtcNow()); // it waits, longer each time, and says so
            Assert.False(string.IsNullOrEmpty(update.Detail));
            clock.Advance(TimeSpan.FromMinutes(10));
            update = await _lab.ContinueAsync("u1");
        }
        Assert.Equal(UpdateState.Committed, update.State);
        Assert.InRange(server.Served, 1, 45); // about 40 chunks and the manifest: none was fetched over and over
    }

    /// <summary>Bytes that are not the signed ones, twice: the update ends, and nothing of them is kept.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_ServerThatLies_FailsWithTheReason(bool hasNoRanges)
    {
        var (directory, id) = LargeBundle();
        await using var server = new RangeServer(directory) { IsCorrupt = true, HasNoRanges = hasNoRanges };
        _lab.Sources = (c, p) => new HttpChunkSource(new Uri(c.Url!), p, _client, _lab.Clock);
        var update = await _lab.RunAsync("u1", "", id, c => c with { Url = server.Address });
        Assert.Equal((UpdateState.Failed, UpdateReasons.DigestMismatch), (update.State, update.Reason));
        Assert.Contains("not the signed ones", update.Detail!, StringComparison.Ordinal);
        Assert.Equal(3, server.Served); // the manifest, and the wrong chunk twice
        _lab.AssertServes();
    }

    /// <summary>A plain web server, as <c>python3 -m http.server</c>: each file is fetched once, as a whole.</summary>
    [Fact]
    public async Task Run_ServerWithoutRanges_FetchesWholeFilesAndCommits()
    {
        var (directory, id) = LargeBundle();
        await using var server = new RangeServer(directory) { HasNoRanges = true };
        _lab.Sources = (c, p) => new HttpChunkSource(new Uri(c.Url!), p, _client, _lab.Clock);
        Assert.Equal(UpdateState.Committed, (await _lab.RunAsync("u1", "", id, c => c with { Url = server.Address })).State);
        Assert.InRange(server.Served, 1, Directory.GetFiles(directory).Length);
    }

    /// <summary>A plain web server that breaks off in the middle of a file: what has arrived is kept, byte counts say so.</summary>
    [Fact]
    public async Task Run_ServerWithoutRangesBreaksOff_GoesOnWithTheChunksThatLack()
    {
        var (directory, id) = LargeBundle();
        await using var server = new RangeServer(directory) { HasNoRanges = true, BreaksAfter = 40_000 };
        _lab.Sources = (c, p) => new HttpChunkSource(new Uri(c.Url!), p, _client, _lab.Clock);
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(50));
        _lab.Clock = clock;
        _lab.Reopen();
        var update = await _lab.RunAsync("u1", "", id, c => c with { Url = server.Address });
        Assert.Equal(UpdateState.Downloading, update.State);
        Assert.InRange(update.BytesDone, 36_000, update.BytesTotal - 1);
        Assert.Contains("next try at", update.Detail!, StringComparison.Ordinal);
        server.BreaksAfter = 0;
        clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(UpdateState.Committed, (await _lab.ContinueAsync("u1")).State);
    }

    [Theory]
    [InlineData(404, "INCOMPATIBLE")]
    [InlineData(401, "INCOMPATIBLE")]
    [InlineData(403, "INCOMPATIBLE")]
    [InlineData(410, "INCOMPATIBLE")]
    [InlineData(400, "INCOMPATIBLE")]
    [InlineData(304, "INCOMPATIBLE")]
    [InlineData(416, "DIGEST_MISMATCH")]
    public async Task Run_PermanentStatus_FailsAtOnce(int status, string reason)
    {
        var (directory, id) = _lab.Bundle("v2");
        await using var server = new RangeServer(directory) { Status = status };
        _lab.Sources = (c, p) => new HttpChunkSource(new Uri(c.Url!), p, _client, _lab.Clock);
        var update = await _lab.RunAsync("u1", "", id, c => c with { Url = server.Address });
        Assert.Equal((UpdateState.Failed, reason, null), (update.State, update.Reason, update.NextRetry));
        Assert.StartsWith($"{status} ", update.Detail!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(429)]
    [InlineData(408)]
    public async Task Run_TransientStatus_WaitsAndNamesTheNextTry(int status)
    {
        var (directory, id) = _lab.Bundle("v2");
        await using var server = new RangeServer(directory) { Status = status };
        _lab.Sources = (c, p) => new HttpChunkSource(new Uri(c.Url!), p, _client, _lab.Clock);
        var update = await _lab.RunAsync("u1", "", id, c => c with { Url = server.Address });
        Assert.Equal(UpdateState.Downloading, update.State);
        Assert.NotNull(update.NextRetry);
        Assert.Contains($"{status} ", update.Detail!, StringComparison.Ordinal);
        Assert.Contains("next try at", update.Detail!, StringComparison.Ordinal);
    }

    /// <summary>A name that does not resolve may be a router that starts: tried for minutes, then the update fails.</summary>
    [Fact]
    public async Task Run_UnknownHost_FailsAfterSomeAttempts()
    {
        var (_, id) = _lab.Bundle("v2");
        using var handler = new UnknownHost();
        using var client = new HttpClient(handler);
        _lab.Sources = (c, p) => new HttpChunkSource(new Uri(c.Url!), p, client, _lab.Clock);
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(50));
        _lab.Clock = clock;
        _lab.Reopen();
        var update = await _lab.RunAsync("u1", "", id, c => c with { Url = "http://no-such-host.invalid/bundle" });
        for (var i = 1; i < HttpCauses.DoubtfulAttempts; i++)
        {
            Assert.Equal((UpdateState.Downloading, i), (update.State, update.Attempts));
            clock.Advance(TimeSpan.FromMinutes(10));
            update = await _lab.ContinueAsync("u1");
        }
        Assert.Equal((UpdateState.Failed, UpdateReasons.Incompatible), (update.State, update.Reason));
        Assert.Contains("'no-such-host.invalid' is unknown", update.Detail!, StringComparison.Ordinal);
    }

    /// <summary>A manifest without a length and without an end: refused at the limit, for good.</summary>
    [Fact]
    public async Task Run_EndlessManifest_FailsAtTheLimit()
    {
        var (_, id) = _lab.Bundle("v2");
        using var handler = new Endless();
        using var client = new HttpClient(handler);
        _lab.Sources = (c, p) => new HttpChunkSource(new Uri(c.Url!), p, client, _lab.Clock);
        var update = await _lab.RunAsync("u1", "", id, c => c with { Url = "http://127.0.0.1/bundle" });
        Assert.Equal((UpdateState.Failed, UpdateReasons.Incompatible), (update.State, update.Reason));
        Assert.InRange(handler.Content.Sent, 0, BundleChunks.MaxManifestBytes + (1 << 20));
    }

    /// <summary>A query of the url, such as a token, goes with every file.</summary>
    [Fact]
    public async Task Run_UrlWithAQuery_KeepsIt()
    {
        var (directory, id) = _lab.Bundle("v2");
        await using var server = new RangeServer(directory) { Query = "?token=1" };
        _lab.Sources = (c, p) => new HttpChunkSource(new Uri(c.Url!), p, _client, _lab.Clock);
        Assert.Equal(UpdateState.Committed,
            (await _lab.RunAsync("u1", "", id, c => c with { Url = server.Address + "/?token=1" })).State);
    }

    private (string Directory, string Id) LargeBundle() => _lab.Bundle("v2",
        change: d => File.WriteAllBytes(Path.Combine(d, "more.bin"), RandomNumberGenerator.GetBytes(60_000)));

    private sealed class UnknownHost : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new HttpRequestException(HttpRequestError.NameResolutionError, "Name or service not known");
    }

    private sealed class Endless : HttpMessageHandler
    {
        public ZeroStream Content { get; } = new();

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(Content) });
    }

    private sealed class ZeroStream : MemoryStream
    {
        public long Sent { get; private set; }

        public override bool CanSeek => false;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            buffer.Span.Clear();
            Sent += buffer.Length;
            return ValueTask.FromResult(buffer.Length);
        }
    }

    /// <summary>A server that stops in the middle of a chunk: the update gives the response up, says so and tries again later.</summary>
    [Fact]
    public async Task Run_ServerStopsSending_TriesAgainLater()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var (directory, id) = _lab.Bundle("v2",
            change: d => File.WriteAllBytes(Path.Combine(d, "more.bin"), RandomNumberGenerator.GetBytes(60_000)));
        await using var server = new RangeServer(directory) { StallsFrom = 3 };
        _lab.Sources = (c, p) => new HttpChunkSource(new Uri(c.Url!), p, _client, _lab.Clock);
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(50));
        _lab.Clock = clock;
        _lab.Reopen();
        await using var loop = _lab.Runner;
        await loop.CommandAsync("u1", new UpdateCommand { Bundle = id, Url = server.Address });
        loop.Start();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        async Task<UpdateRecord> PassTimeUntilAsync(Func<UpdateRecord, bool> isReached)
        {
            while (!isReached(_lab.Journal.Find("u1")!))
            {
                clock.Advance(TimeSpan.FromSeconds(10));
                await Task.Delay(1, limit.Token);
            }
            return _lab.Journal.Find("u1")!;
        }
        var waiting = await PassTimeUntilAsync(u => u.Attempts > 0);
        Assert.Equal(UpdateState.Downloading, waiting.State);
        Assert.Contains("sent nothing for 60 s", waiting.Detail!, StringComparison.Ordinal);
        server.StallsFrom = 0;
        Assert.Equal(UpdateState.Committed, (await PassTimeUntilAsync(u => u.IsOver)).State);
    }

    /// <summary>What a change costs to send: only its own shards.</summary>
    [Fact]
    public async Task Delta_BytesFetched_FollowTheChange()
    {
        const int layers = 64, layer = 8 * UpdateLab.Shard;
        var weights = RandomNumberGenerator.GetBytes(layers * layer);
        var (first, firstId) = _lab.Bundle("v2", change: d => File.WriteAllBytes(Path.Combine(d, "more.bin"), weights));
        Assert.Equal(UpdateState.Committed, (await _lab.RunAsync("u0", first, firstId)).State);
        var fetched = new List<double>();
        foreach (var (name, changed) in new[] { ("metadata", 0), ("last", 4), ("all", layers) })
        {
            RandomNumberGenerator.Fill(weights.AsSpan((layers - changed) * layer));
            var release = 3 + fetched.Count;
            var (directory, id) = _lab.Bundle(name, release, seed: release,
                change: d => File.WriteAllBytes(Path.Combine(d, "more.bin"), weights));
            await using var server = new RangeServer(directory);
            _lab.Sources = (c, p) => new HttpChunkSource(new Uri(c.Url!), p, _client, _lab.Clock);
            Assert.Equal(UpdateState.Committed, (await _lab.RunAsync($"u{release}", "", id, c => c with { Url = server.Address })).State);
            fetched.Add((double)server.RangeBytes / weights.Length);
        }
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"of {layers} layers: metadata only {fetched[0]:P2}, last 4 layers {fetched[1]:P2}, all {fetched[2]:P2}"));
        Assert.InRange(fetched[0], 0, 0.01);
        Assert.InRange(fetched[1], 0.06, 0.075);
        Assert.InRange(fetched[2], 0.99, 1.02);
    }
}
