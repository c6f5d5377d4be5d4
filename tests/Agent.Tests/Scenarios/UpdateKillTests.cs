using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Fleet;
using EdgeAgent.Hosting;
using EdgeAgent.Mqtt;
using EdgeAgent.Tests.Cli;
using EdgeAgent.Updates;
using EdgeAgent.Updates.Sources;

namespace EdgeAgent.Tests.Scenarios;

/// <summary>
/// A real process that takes one update after the other and is killed (SIGKILL): every life answers a golden prompt, and in the end
/// the last update is committed. 8 kills; 1,000 with EDGE_AGENT_FULL, or as many as EDGE_AGENT_KILLS says.
/// </summary>
/// <remarks>
/// Progress places the kills, not the clock: a first life without a kill measures how an update's state on disk grows (the profile).
/// Each later life is killed at a random point of that profile: after so many changes, plus a random part of the pause that followed
/// them. Every fourth life is killed right after the commit. So updates commit between kills on a machine of any speed.
/// </remarks>
public sealed class UpdateKillTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private static readonly int Kills = int.TryParse(Environment.GetEnvironmentVariable("EDGE_AGENT_KILLS"), out var n)
        ? n : Environment.GetEnvironmentVariable("EDGE_AGENT_FULL") is null ? 8 : 1000;

    [Fact]
    public async Task Run_KilledAtRandomPoints_AlwaysAnswersAndFinishes()
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
        var state = new AgentState(root.File("state"));
        var (release, commits, answered, lives) = (10L, 0, 0, 0);
        var profile = new List<TimeSpan>();
        var random = new Random(21);
        string? bundle = null;
        while (lives <= Kills)
        {
            await using var agent = await AgentLife.StartAsync(root, address, cancellation);
            if (await AnswersAsync(address, $"t{lives}", cancellation)) answered++;
            if (bundle == state.Serving) bundle = await CommandAsync(root.File($"v{++release}"), release, key, fleet, topics, cancellation);
            if (profile.Count == 0) profile = await state.WatchAsync(bundle, int.MaxValue, cancellation);
            else if (lives == Kills || lives % 4 == 3) await state.WatchAsync(bundle, int.MaxValue, cancellation);
            else
            {
                // half of the kills are spread over the changes, half over the time: most changes are chunks, most of the time is probes
                var time = random.NextDouble() * profile[^1];
                var point = random.Next(2) == 0 ? random.Next(profile.Count) : profile.FindLastIndex(t => t <= time);
                await state.WatchAsync(bundle, point, cancellation);
                var pause = profile[Math.Min(point + 1, profile.Count - 1)] - profile[point];
                await Task.Delay(pause * random.NextDouble(), cancellation);
            }
            lives++;
            if (state.Serving == bundle) commits++;
        }
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{answered} of {lives} lives answered, {commits} updates committed between {Kills} kills; an update without a kill " +
            $"makes {profile.Count} changes on disk in {profile[^1].TotalSeconds:F1} s"));
        Assert.Equal(lives, answered);
        Assert.Equal(bundle, state.Serving);
        Assert.True(commits > Kills / 4, "too few commits between the kills");
    }

    /// <summary>Asks until the device listens: the agent prints that it is ready before it has found the broker.</summary>
    private static async Task<bool> AnswersAsync(BrokerAddress address, string client, CancellationToken cancellation)
    {
        await using var terminal = await TerminalClient.ConnectAsync(address, client, version5: true, TimeProvider.System, cancellation);
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < Limit;)
        {
            using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            attempt.CancelAfter(TimeSpan.FromSeconds(5));
            try
            {
                await foreach (var reply in terminal.AskAsync("local", "edge-1", TerminalClient.Question("What does alarm SP-24 mean?"), 30,
                    attempt.Token))
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
        // chunks that no installed bundle has
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

    /// <summary>An agent's state directory, watched from outside while the agent runs.</summary>
    private sealed class AgentState(string directory)
    {
        private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(5);
        private readonly string _pointer = Path.Combine(directory, "models", "serving.json");

        /// <summary>The bundle that the pointer names; null for the student the device came with.</summary>
        public string? Serving =>
            File.Exists(_pointer)
                ? JsonDocument.Parse(File.ReadAllBytes(_pointer)).RootElement.GetProperty("bundle").GetString() : null;

        /// <summary>Sizes of the files that grow with an update: journal, chunks, trial and pointer.</summary>
        private (long Journal, long Chunks, long Trial, long Pointer) Mark =>
            (Size("updates", "journal.log"), Size("models", "incoming", "chunks.log"), Size("models", "trial.json"),
                Size("models", "serving.json"));

        private long Size(params string[] names)
        {
            var file = new FileInfo(Path.Combine([directory, .. names]));
            return file.Exists ? file.Length : 0;
        }

        /// <summary>Waits for that many changes, or until the bundle serves and its update has ended.</summary>
        /// <returns>When each change was seen, the start first.</returns>
        public async Task<List<TimeSpan>> WatchAsync(string? bundle, int changes, CancellationToken cancellation)
        {
            var began = Stopwatch.GetTimestamp();
            List<TimeSpan> seen = [TimeSpan.Zero];
            var mark = Mark;
            while (seen.Count <= changes && !(Serving == bundle && mark.Trial == 0))
            {
                await Task.Delay(PollInterval, cancellation);
                if (Mark is var now && now != mark)
                {
                    mark = now;
                    seen.Add(Stopwatch.GetElapsedTime(began));
                }
                if (Stopwatch.GetElapsedTime(began) - seen[^1] > Limit)
                    throw new TimeoutException($"the update made no progress for {Limit}, after {seen.Count} changes: {mark}");
            }
            return seen;
        }
    }

    /// <summary>One life of the process; disposing of it kills it.</summary>
    private sealed class AgentLife(Process process) : IAsyncDisposable
    {
        public static async Task<AgentLife> StartAsync(TemporaryDirectory root, BrokerAddress broker, CancellationToken cancellation)
        {
            var info = AgentProcess.Info("run", "--broker", broker.ToString(), "--state", root.File("state"), "--keys", root.File("keys"));
            foreach (var (name, value) in new[] { ("UPDATES__TRIALSECONDS", "0.3"), ("UPDATES__WANTSECONDS", "0.3"),
                ("UPDATES__ANSWERSECONDS", "300"), ("MQTT__MAXRECONNECTSECONDS", "1"), ("STUDENT__THREADS", "1"),
                ("STUDENT__SPINNING", "false"), ("UPDATES__TRIALATTEMPTS", "10"), ("UPDATES__MINSPEED", "0") })
                info.Environment["EDGE_AGENT__" + name] = value;
            var process = Process.Start(info)!;
            var lines = new List<string>();
            while (await process.StandardOutput.ReadLineAsync(cancellation).AsTask().WaitAsync(Limit, cancellation) is { } line)
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
