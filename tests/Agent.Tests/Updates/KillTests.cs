using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Fleet;
using EdgeAgent.Hosting;
using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Mqtt;
using EdgeAgent.Tests.Cli;
using EdgeAgent.Updates;
using EdgeAgent.Updates.Sources;

namespace EdgeAgent.Tests.Updates;

/// <summary>
/// A real process that takes one update after the other and is killed (SIGKILL) at random moments: every life answers a golden
/// prompt, and in the end the last update is committed. 8 kills; 1,000 with EDGE_AGENT_FULL, or as many as EDGE_AGENT_KILLS says.
/// </summary>
public sealed class KillTests
{
    private static readonly int Kills = int.TryParse(Environment.GetEnvironmentVariable("EDGE_AGENT_KILLS"), out var n)
        ? n : Environment.GetEnvironmentVariable("EDGE_AGENT_FULL") is null ? 8 : 1000;

    [Fact]
    public async Task Run_KilledAtRandom_AlwaysAnswersAndFinishes()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var root = new TemporaryDirectory();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Directory.CreateDirectory(root.File("keys"));
        await File.WriteAllTextAsync(Path.Combine(root.File("keys"), "test.pem"), key.ExportSubjectPublicKeyInfoPem(), cancellation);
        await using var broker = await EmbeddedBroker.StartAsync(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0), 4 << 20);
        var address = new BrokerAddress("127.0.0.1", broker.EndPoint.Port, Tls: false);
        await using var fleet = await FleetClient.ConnectAsync(address, "fleet", (_, _) => { }, cancellation);
        var topics = new Topics("local", "edge-1");
        var random = new Random(21);
        var (release, bundle, lives, answered, commits) = (10L, "", 0, 0, 0);
        while (lives <= Kills)
        {
            if (bundle.Length == 0 || Serving(root.File("state")) == bundle)
            {
                if (bundle.Length > 0) commits++;
                bundle = await CommandAsync(root.File($"v{++release}"), release, key, fleet, topics, cancellation);
            }
            await using var agent = await AgentLife.StartAsync(root, address, cancellation);
            if (await AnswersAsync(address, $"t{lives}", cancellation)) answered++;
            lives++;
            if (lives <= Kills) await Task.Delay(random.Next(0, 2500), cancellation);
            else for (var i = 0; i < 600 && Serving(root.File("state")) != bundle; i++) await Task.Delay(50, cancellation);
        }
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{answered} of {lives} lives answered, {commits + 1} updates committed between {Kills} kills");
        Assert.Equal(lives, answered);
        Assert.Equal(bundle, Serving(root.File("state")));
        Assert.True(commits > 0);
    }

    /// <summary>Asks until the device listens; it prints that it is ready before it has found the broker.</summary>
    private static async Task<bool> AnswersAsync(BrokerAddress address, string client, CancellationToken cancellation)
    {
        await using var terminal = await TerminalClient.ConnectAsync(address, client, version5: true, TimeProvider.System, cancellation);
        for (var attempt = 0; attempt < 10; attempt++)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            patience.CancelAfter(TimeSpan.FromSeconds(2));
            try
            {
                await foreach (var reply in terminal.AskAsync("local", "edge-1", TerminalClient.Question("What does alarm SP-24 mean?"), 30,
                    patience.Token))
                    if (!reply.IsPiece) return reply.Text?.Contains("spare part 11", StringComparison.Ordinal) == true;
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                // again
            }
        }
        return false;
    }

    private static async Task<string> CommandAsync(string directory, long release, ECDsa key, FleetClient fleet, Topics topics,
        CancellationToken cancellation)
    {
        Directory.CreateDirectory(directory);
        foreach (var file in Directory.GetFiles(Path.Combine(SharedData.Repository, "provisioning", "models",
            AgentSettings.BundledStudent))) File.Copy(file, Path.Combine(directory, Path.GetFileName(file)));
        // something to fetch
        await File.WriteAllBytesAsync(Path.Combine(directory, "padding.bin"), RandomNumberGenerator.GetBytes(1 << 20), cancellation);
        (StudentManifest.Load(directory) with { Release = release }).Save(directory);
        ModelSigner.SignWithKey(directory, Path.Combine(directory, Bundle.SignatureFileName), key,
            new SignOptions { ShardSize = 64 << 10 });
        var publisher = new BundlePublisher(directory, "local", TimeProvider.System);
        await publisher.PublishAsync(fleet, retain: true, new BandwidthLimiter(0, TimeProvider.System), null, cancellation);
        await fleet.PublishAsync(topics.Command(Operations.ModelUpdate, $"u{release}"),
            JsonSerializer.SerializeToUtf8Bytes(new UpdateCommand { Bundle = publisher.Id }, UpdateJson.Default.UpdateCommand),
            retain: true, cancellation);
        Directory.Delete(directory, recursive: true);
        return publisher.Id;
    }

    private static string? Serving(string state)
    {
        var path = Path.Combine(state, "models", "serving.json");
        return File.Exists(path) ? JsonDocument.Parse(File.ReadAllBytes(path)).RootElement.GetProperty("bundle").GetString() : null;
    }

    /// <summary>One life of the process; disposing of it kills it.</summary>
    private sealed class AgentLife(Process process) : IAsyncDisposable
    {
        public static async Task<AgentLife> StartAsync(TemporaryDirectory root, BrokerAddress broker, CancellationToken cancellation)
        {
            var info = AgentProcess.Info("run", "--broker", broker.ToString(), "--state", root.File("state"), "--keys", root.File("keys"));
            foreach (var (name, value) in new[] { ("UPDATES__TRIALSECONDS", "0.3"), ("UPDATES__WANTSECONDS", "0.3"),
                ("MQTT__MAXRECONNECTSECONDS", "1"), ("STUDENT__THREADS", "1"), ("STUDENT__SPINNING", "false"),
                ("UPDATES__TRIALATTEMPTS", "10"), ("UPDATES__LEASTSPEED", "0") }) info.Environment["EDGE_AGENT__" + name] = value;
            var process = Process.Start(info)!;
            var lines = new List<string>();
            while (await process.StandardOutput.ReadLineAsync(cancellation).AsTask()
                .WaitAsync(TimeSpan.FromSeconds(60), cancellation) is { } line)
            {
                lines.Add(line);
                if (!line.StartsWith("edge-agent ready", StringComparison.Ordinal)) continue;
                _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
                _ = process.StandardError.ReadToEndAsync(CancellationToken.None);
                return new AgentLife(process);
            }
            var error = await process.StandardError.ReadToEndAsync(cancellation);
            Assert.Fail($"the agent did not start: {string.Join('\n', lines)} {error}");
            return null!;
        }

        public async ValueTask DisposeAsync()
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            process.Dispose();
        }
    }
}
