using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
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

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Run_ServerThatLies_TakesNothingOfIt(bool isCorrupt, bool hasNoRanges)
    {
        var (directory, id) = _lab.Bundle("v2",
            change: d => File.WriteAllBytes(Path.Combine(d, "more.bin"), RandomNumberGenerator.GetBytes(60_000)));
        await using var server = new RangeServer(directory) { IsCorrupt = isCorrupt, HasNoRanges = hasNoRanges };
        _lab.Sources = (c, p) => new HttpChunkSource(new Uri(c.Url!), p, _client, _lab.Clock);
        var update = await _lab.RunAsync("u1", "", id, c => c with { Url = server.Address });
        Assert.Equal(UpdateState.Downloading, update.State);
        Assert.NotNull(update.NextRetry);
        Assert.Contains(isCorrupt ? "not the signed ones" : "ranges", update.Detail!, StringComparison.Ordinal);
        _lab.AssertServes();
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

    /// <summary>Serves a directory's files with ranges, on a port the system picks.</summary>
    private sealed class RangeServer : IAsyncDisposable
    {
        private readonly HttpListener _listener;
        private readonly string _directory;
        private readonly Task _loop;
        private int _requests;

        public RangeServer(string directory)
        {
            _directory = directory;
            (_listener, var port) = Listen();
            Address = $"http://127.0.0.1:{port}/bundles/x";
            _loop = Task.Run(RunAsync);
        }

        public string Address { get; }
        public int FailEvery { get; init; }
        public bool IsCorrupt { get; init; }
        public bool HasNoRanges { get; init; }

        /// <summary>From this request on, responses stop after their first byte; 0 for none.</summary>
        public int StallsFrom { get; set; }
        public int Served { get; private set; }
        public int Ranges { get; private set; }
        public long RangeBytes { get; private set; }

        /// <summary>Listens on a port the system picked. Another process may take it in between: then on another one.</summary>
        private static (HttpListener Listener, int Port) Listen()
        {
            for (var attempt = 1; ; attempt++)
            {
                using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                var port = ((IPEndPoint)probe.LocalEndPoint!).Port;
                probe.Close();
                var listener = new HttpListener { Prefixes = { $"http://127.0.0.1:{port}/" } };
                try
                {
                    listener.Start();
                    return (listener, port);
                }
                catch (HttpListenerException) when (attempt < 20)
                {
                    listener.Close();
                }
            }
        }

        private async Task RunAsync()
        {
            while (_listener.IsListening)
            {
                HttpListenerContext context;
                try
                {
                    context = await _listener.GetContextAsync();
                }
                catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
                {
                    return;
                }
                var file = Path.Combine(_directory, Uri.UnescapeDataString(context.Request.Url!.Segments[^1]));
                if (FailEvery > 0 && ++_requests % FailEvery == 0)
                {
                    context.Response.StatusCode = 503;
                    context.Response.Close();
                    continue;
                }
                var content = await File.ReadAllBytesAsync(file);
                if (!HasNoRanges && context.Request.Headers["Range"] is { } range)
                {
                    var parts = range["bytes=".Length..].Split('-').Select(p => int.Parse(p, CultureInfo.InvariantCulture)).ToArray();
                    content = content[parts[0]..(parts[1] + 1)];
                    context.Response.StatusCode = 206;
                    Ranges++;
                    RangeBytes += content.Length;
                    if (IsCorrupt) content[0] ^= 1;
                }
                if (StallsFrom > 0 && ++_requests >= StallsFrom)
                {
                    context.Response.ContentLength64 = content.Length;
                    await context.Response.OutputStream.WriteAsync(content.AsMemory(0, 1));
                    await context.Response.OutputStream.FlushAsync();
                    continue;
                }
                Served++;
                context.Response.ContentLength64 = content.Length;
                await context.Response.OutputStream.WriteAsync(content);
                context.Response.Close();
            }
        }

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _loop;
            _listener.Close();
        }
    }
}
