using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using EdgeAgent.Fleet;
using EdgeAgent.Mqtt;
using EdgeAgent.Tests.Mqtt;
using EdgeAgent.Tests.Updates;
using EdgeAgent.Updates;
using EdgeAgent.Updates.Sources;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Scenarios;

/// <summary>
/// Many devices on one mosquitto, over links that are cut again and again; one in twenty chunks is never sent the first time. Five
/// devices and 6 MB; twenty and 100 MB with EDGE_AGENT_FULL. Links are cut after a random number of bytes, so that their number does
/// not depend on the machine's speed.
/// </summary>
public sealed class UpdateLinkLossTests
{
    private static readonly bool IsFull = Environment.GetEnvironmentVariable("EDGE_AGENT_FULL") is not null;

    [Fact]
    public async Task Download_LostChunksAndCutLinks_AllFinishAndTheBundleIsSentOnce()
    {
        var (devices, megabytes) = IsFull ? (20, 100) : (5, 6);
        var cancellation = TestContext.Current.CancellationToken;
        await using var mosquitto = await Mosquitto.StartAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var source = new UpdateLab(key);
        var (directory, id) = source.Bundle("v2",
            change: d => File.WriteAllBytes(Path.Combine(d, "padding.bin"), RandomNumberGenerator.GetBytes(megabytes << 20)),
            shard: 1 << 20);
        await using var proxy = new CuttingProxy(mosquitto.Broker, seed: 3);
        var labs = new List<UpdateLab>();
        try
        {
            for (var i = 0; i < devices; i++) labs.Add(Device(key, proxy.Address, i));
            // the last joins late, the one before it is away for the first half
            var early = labs.SkipLast(2).ToList();
            foreach (var lab in early) await lab.Runner.CommandAsync("u1", new UpdateCommand { Bundle = id });
            foreach (var lab in early) lab.Runner.Start();
            await proxy.WaitForConnectionsAsync(early.Count, cancellation);
            var limit = TimeSpan.FromMinutes(IsFull ? 40 : 10);
            var (sent, publishing) = (0L, new TaskCompletionSource());
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var serving = ServeAsync(directory, mosquitto.Broker, n => Interlocked.Add(ref sent, n), publishing, stop.Token);
            await publishing.Task.WaitAsync(limit, cancellation);
            foreach (var lab in labs.TakeLast(2))
            {
                await lab.Runner.CommandAsync("u1", new UpdateCommand { Bundle = id });
                lab.Runner.Start();
            }
            // not an exception after the limit: the assertion below names the devices that have not finished
            await Task.WhenAny(Task.WhenAll(labs.Select(l => l.EndedAsync("u1"))), Task.Delay(limit, cancellation));
            await stop.CancelAsync();
            await serving;
            Assert.Equal([.. labs.Select(_ => "Committed")],
                labs.Select(l => l.Journal.Find("u1") is { } u ? $"{u.State}{u.Reason}" : "none"));
            foreach (var lab in labs) lab.AssertServes();
            var ingress = (double)sent / new DirectoryInfo(directory).GetFiles().Sum(f => f.Length);
            var dropped = labs.SelectMany(l => l.Runner.Dropped).GroupBy(d => d.Key).Select(g => $"{g.Key} {g.Sum(d => d.Value)}");
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"{devices} devices, {megabytes} MB, {proxy.Cuts} cuts: all committed; sent {ingress:F2} times the bundle; dropped " +
                string.Join(", ", dropped));
            Assert.True(proxy.Cuts > devices);
            Assert.InRange(ingress, 0.95, 1.3); // those who come later have it from the broker
        }
        finally
        {
            foreach (var lab in labs)
            {
                await lab.Runner.DisposeAsync();
                lab.Dispose();
            }
        }
    }

    private static UpdateLab Device(ECDsa key, BrokerAddress broker, int number)
    {
        var lab = new UpdateLab(key);
        var options = new MqttOptions { Device = $"d{number}", MaxReconnectDelay = TimeSpan.FromSeconds(1) };
        var topics = new Topics(options.Site, options.Device);
        lab.Options = lab.Options with { WantDelay = TimeSpan.FromSeconds(3) };
        lab.Sources = (command, pace) =>
            new MqttChunkSource(new DownloadLink(options, [broker], TimeProvider.System, NullLogger.Instance), topics,
                new MqttDownload(options.Device, command.Bundle, lab.Options.ChunksAtOnce, lab.Options.WantDelay),
                pace, TimeProvider.System, new Random(number));
        lab.Reopen();
        return lab;
    }

    /// <summary>Sends everything once, less one in twenty; then what is wanted.</summary>
    private static async Task ServeAsync(string directory, BrokerAddress broker, Action<long> count, TaskCompletionSource firstPass,
        CancellationToken cancellation)
    {
        try
        {
            var publisher = new BundlePublisher(directory, "local", TimeProvider.System);
            var wanted = new ConcurrentQueue<int>();
            var client = await FleetClient.ConnectAsync(broker, "publisher", (_, payload) =>
            {
                foreach (var n in BundlePublisher.Wanted(payload, publisher.Chunks)) wanted.Enqueue(n);
            }, cancellation);
            await using (client)
            {
                var topics = new Topics("local", "publisher");
                await client.SubscribeAsync(topics.Want(publisher.Id), cancellation);
                await client.PublishAsync(topics.BlobInfo(publisher.Id),
                    System.Text.Encoding.UTF8.GetBytes(
                        $$"""{"manifest_bytes":{{new FileInfo(Path.Combine(directory, "model.sig")).Length}}}"""), retain: true,
                    cancellation);
                var random = new Random(5);
                var pace = new BandwidthLimiter(IsFull ? 8_000_000 : 4_000_000, TimeProvider.System);
                async Task SendAsync(int n)
                {
                    count(publisher.Read(n).Length);
                    await publisher.SendAsync(client, n, retain: true, pace, cancellation);
                }
                for (var n = 0; n < publisher.Chunks; n++)
                    if (random.Next(20) > 0) await SendAsync(n);
                firstPass.TrySetResult();
                while (!cancellation.IsCancellationRequested)
                {
                    await Task.Delay(300, cancellation);
                    var numbers = new List<int>();
                    while (wanted.TryDequeue(out var n)) numbers.Add(n);
                    count(await publisher.SendWantedAsync(client, numbers, retain: true, BundlePublisher.ResendAfter(retain: true), pace,
                        cancellation));
                }
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // done
        }
        catch (Exception e)
        {
            firstPass.TrySetException(e);
            throw;
        }
    }

    /// <summary>Passes bytes on and cuts each connection after a random number of bytes to the device.</summary>
    private sealed class CuttingProxy : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _loop;
        private int _cuts, _connections;

        public CuttingProxy(BrokerAddress broker, int seed)
        {
            _listener.Start();
            Address = new BrokerAddress("127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port, Tls: false);
            _loop = RunAsync(broker, new Random(seed));
        }

        public BrokerAddress Address { get; }

        public int Cuts => Volatile.Read(ref _cuts);

        public async Task WaitForConnectionsAsync(int count, CancellationToken cancellation)
        {
            while (Volatile.Read(ref _connections) < count) await Task.Delay(10, cancellation);
        }

        private async Task RunAsync(BrokerAddress broker, Random random)
        {
            try
            {
                while (true)
                {
                    var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                    _ = PassAsync(client, broker, random.Next(300_000, 4_000_000));
                }
            }
            catch (OperationCanceledException)
            {
                // disposed of
            }
        }

        private async Task PassAsync(TcpClient client, BrokerAddress broker, int bytes)
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            using (client)
            using (var upstream = new TcpClient())
                try
                {
                    await upstream.ConnectAsync(broker.Host, broker.Port, end.Token);
                    Interlocked.Increment(ref _connections);
                    await Task.WhenAny(client.GetStream().CopyToAsync(upstream.GetStream(), end.Token),
                        CopyAsync(upstream.GetStream(), client.GetStream(), bytes, end.Token));
                    await end.CancelAsync();
                }
                catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
                {
                    // either side went
                }
            if (!_stop.IsCancellationRequested) Interlocked.Increment(ref _cuts);
        }

        /// <summary>Ends after that many bytes, in the middle of a packet as a rule.</summary>
        private static async Task CopyAsync(NetworkStream from, NetworkStream to, int bytes, CancellationToken cancellation)
        {
            var buffer = new byte[16 << 10];
            while (bytes > 0 && await from.ReadAsync(buffer.AsMemory(0, Math.Min(buffer.Length, bytes)), cancellation) is > 0 and var count)
            {
                await to.WriteAsync(buffer.AsMemory(0, count), cancellation);
                bytes -= count;
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            _listener.Stop();
            await _loop;
            _stop.Dispose();
        }
    }
}
