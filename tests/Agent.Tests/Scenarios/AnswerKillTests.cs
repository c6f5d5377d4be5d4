using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using EdgeAgent.Answers.Storage;
using EdgeAgent.Mqtt;
using EdgeAgent.Tests.Cli;

namespace EdgeAgent.Tests.Scenarios;

/// <summary>
/// A real process takes corrections as fast as it can and is killed (SIGKILL) meanwhile: the database opens every time and holds every
/// answer that was reported as written. 6 kills; 20 with EDGE_AGENT_FULL.
/// </summary>
public sealed class AnswerKillTests
{
    private static readonly int Kills = Environment.GetEnvironmentVariable("EDGE_AGENT_FULL") is null ? 6 : 20;

    [Fact]
    public async Task Run_KilledDuringWrites_KeepsWhatItReported()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var root = new TemporaryDirectory();
        await using var broker = await EmbeddedBroker.StartAsync(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0), 1 << 20);
        var address = new BrokerAddress("127.0.0.1", broker.EndPoint.Port, Tls: false);
        var reported = new ConcurrentDictionary<string, bool>();
        await using var fleet = await FleetClient.ConnectAsync(address, "fleet", (topic, payload) =>
        {
            if (topic.EndsWith("/status", StringComparison.Ordinal)
                && Encoding.UTF8.GetString(payload.Span).Contains("\"committed\"", StringComparison.Ordinal))
                reported[topic.Split('/')[^2]] = true;
        }, cancellation);
        await fleet.SubscribeAsync("edge/v1/local/edge-1/cmd/answers-correct/+/status", cancellation);
        var random = new Random(9);
        var sent = 0;
        var missing = new List<string>();
        for (var life = 0; life < Kills; life++)
        {
            var before = reported.Count;
            var info = AgentProcess.Info("run", "--broker", address.ToString(), "--state", root.File("state"));
            foreach (var (name, value) in new[] { ("STUDENT__THREADS", "1"), ("STUDENT__SPINNING", "false"),
                ("MQTT__MAXRECONNECTSECONDS", "1") }) info.Environment["EDGE_AGENT__" + name] = value;
            using var process = Process.Start(info)!;
            process.OutputDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            _ = process.StandardError.ReadToEndAsync(CancellationToken.None);
            // corrections are sent until some were reported, and on while the process is killed
            using var stop = new CancellationTokenSource();
            var writing = Task.Run(async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    var id = $"c{sent++}";
                    await fleet.PublishAsync($"edge/v1/local/edge-1/cmd/answers-correct/{id}",
                        Encoding.UTF8.GetBytes($$"""{"id":"{{id}}","questions":["question {{id}}"],"answer":"{{new string('x', 500)}}"}"""),
                        retain: false, CancellationToken.None);
                    await Task.Delay(2, CancellationToken.None);
                }
            }, cancellation);
            for (var start = TimeProvider.System.GetTimestamp(); reported.Count < before + 10
                && TimeProvider.System.GetElapsedTime(start) < Waiting.Limit;) await Task.Delay(10, cancellation);
            await Task.Delay(random.Next(0, 300), cancellation);
            process.Kill();
            await process.WaitForExitAsync(cancellation);
            await stop.CancelAsync();
            await writing;
            Assert.True(reported.Count >= before + 10, "the process reported fewer than 10 corrections");
            using var store = AnswerStore.Open(Path.Combine(root.File("state"), "answers", "answers.db"), TimeProvider.System);
            Assert.Null(store.QuarantinedPath);
            var kept = store.All().Select(e => e.Id).ToHashSet();
            missing.AddRange(reported.Keys.Where(id => !kept.Contains(id)));
        }
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Kills} kills, {reported.Count} answers reported as written, {missing.Count} of them missing"));
        Assert.Empty(missing);
    }
}
