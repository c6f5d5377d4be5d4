using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Safetensors;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Hosting;
using EdgeAgent.Mqtt;
using EdgeAgent.Tests.Cli;
using EdgeAgent.Updates;

namespace EdgeAgent.Tests.Scenarios;

/// <summary>Whole agents, the fleet verbs as processes, and the bundled student as what is sent.</summary>
public sealed class FleetTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public FleetTests()
    {
        Directory.CreateDirectory(_root.File("keys"));
        File.WriteAllText(Path.Combine(_root.File("keys"), "test.pem"), _key.ExportSubjectPublicKeyInfoPem());
    }

    public void Dispose()
    {
        _key.Dispose();
        _root.Dispose();
    }

    private static string Bundled => Path.Combine(SharedData.Repository, "provisioning", "models", AgentSettings.BundledStudent);

    private string Sign(string name, long release, Action<string>? change = null)
    {
        var directory = Directory.CreateDirectory(_root.File(name)).FullName;
        foreach (var file in Directory.GetFiles(Bundled)) File.Copy(file, Path.Combine(directory, Path.GetFileName(file)));
        (StudentManifest.Load(directory) with { Release = release }).Save(directory);
        change?.Invoke(directory);
        ModelSigner.SignWithKey(directory, Path.Combine(directory, Bundle.SignatureFileName), _key,
            new SignOptions { ShardSize = 256 << 10 });
        return directory;
    }

    private Task<AgentFixture> StartAsync(string device = "edge-1", BrokerAddress? broker = null,
        Func<UpdateOptions, UpdateOptions>? change = null)
    {
        var updates = new UpdateOptions
        {
            Keys = _root.File("keys"),
            TrialDuration = TimeSpan.FromSeconds(1),
            TrialQueries = 5,
            WantDelay = TimeSpan.FromSeconds(0.5),
            SpaceMarginBytes = 0,
            MinSpeed = 0, // a probe's speed on a busy machine says nothing; GateProbeTests has the rule
        };
        return AgentFixture.StartAsync(s =>
            s with
            {
                StateDirectory = _root.File("state-" + device),
                Updates = change?.Invoke(updates) ?? updates,
                Mqtt = s.Mqtt with { Device = device, Broker = broker?.ToString() ?? "" }
            });
    }

    private static async Task<JsonNode> FleetAsync(BrokerAddress broker, int code, params string[] arguments)
    {
        var (got, output, error) = await AgentProcess.RunAsync(null, ["fleet", .. arguments, "--broker", broker.ToString(), "--json"]);
        Assert.True(got == code, $"{string.Join(' ', arguments)}: code {got}\n{output}\n{error}");
        return JsonNode.Parse(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1])!;
    }

    /// <summary>
    /// Publish, rollout, status; queries go on meanwhile, 20 a second: none fails, none is answered twice, and the new student
    /// answers in the end.
    /// </summary>
    [Fact]
    public async Task Rollout_UnderLoad_FailsNoQuery()
    {
        await using var agent = await StartAsync(change: o => o with { Canary = 0.5 });
        var bundle = Sign("v2", 7);
        await using var terminal = await TerminalClient.ConnectAsync(agent.Broker, "t1", version5: true, TimeProvider.System,
            TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        var (before, during) = (new ConcurrentQueue<double>(), new ConcurrentQueue<double>());
        var latencies = before;
        var errors = new ConcurrentQueue<string>();
        async Task OneAsync(int i)
        {
            var start = TimeProvider.System.GetTimestamp();
            var ends = 0;
            await foreach (var reply in terminal.AskAsync("local", "edge-1",
                TerminalClient.Question($"What does alarm SP-{10 + i % 40} mean?"), 30, TestContext.Current.CancellationToken))
            {
                if (reply.IsPiece) continue;
                ends++;
                if (reply.IsError) errors.Enqueue(reply.Body.ToJsonString());
            }
            if (ends != 1) errors.Enqueue($"{ends} terminal replies");
            Volatile.Read(ref latencies).Enqueue(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
        }
        async Task LoadAsync()
        {
            var running = new List<Task>();
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                running.Add(OneAsync(i));
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }
            await Task.WhenAll(running);
        }
        var load = LoadAsync();
        await Task.Delay(2500, TestContext.Current.CancellationToken);
        Volatile.Write(ref latencies, during);
        var sha = (await FleetAsync(agent.Broker, 0, "publish", bundle))["bundle"]!.GetValue<string>();
        var status = await FleetAsync(agent.Broker, 0, "rollout", "--bundle", sha, "--stages", "1,100%");
        await stop.CancelAsync();
        await load;
        Assert.Empty(errors);
        Assert.Equal("done", status["rollout"]!["state"]!.GetValue<string>());
        Assert.Equal(7, status["devices"]![0]!["model"]!["release"]!.GetValue<long>());
        Assert.Equal("committed", status["devices"]![0]!["update"]!["state"]!.GetValue<string>());
        Assert.Equal(sha, status["devices"]![0]!["model"]!["digest"]!.GetValue<string>());
        Assert.Equal(7, agent.Agent.Student.Manifest.Release);
        Assert.StartsWith(_root.File("state-edge-1"), agent.Agent.Student.Directory, StringComparison.Ordinal);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"before {before.Count} queries, p99 {Percentile(before):F0} ms; during {during.Count}, p99 {Percentile(during):F0} ms"));
        Assert.True(during.Count > 20);
    }

    private static double Percentile(IEnumerable<double> values) =>
        values.Order().ToList() is { Count: > 0 } sorted ? sorted[(int)(0.99 * (sorted.Count - 1))] : 0;

    /// <summary>Bundles that only a real probe can tell.</summary>
    [Theory]
    [InlineData("nan-weights", "QUALITY_GATE|ENGINE_BUILD_FAILED")]
    [InlineData("wrong-tokenizer", "QUALITY_GATE|ENGINE_BUILD_FAILED")]
    [InlineData("golden-wrong", "QUALITY_GATE")]
    [InlineData("template-broken", "ENGINE_BUILD_FAILED")]
    public async Task Rollout_BundleThatAnswersWrongly_IsRefusedByTheProbe(string kind, string reasons)
    {
        await using var agent = await StartAsync();
        var bundle = Sign("bad", 8, directory =>
        {
            switch (kind)
            {
                case "nan-weights": Nan(Path.Combine(directory, "weights.safetensors")); break;
                case "wrong-tokenizer": SwapTokens(Path.Combine(directory, "tokenizer.json")); break;
                case "golden-wrong":
                    File.WriteAllText(Path.Combine(directory, "golden.jsonl"),
                        "{\"prompt\":\"What does alarm SP-24 mean?\",\"accept\":[\"nothing at all\"]}\n"); break;
                case "template-broken": File.WriteAllText(Path.Combine(directory, "chat_template.jinja"), "{{ nothing_like_it() }}"); break;
            }
        });
        var sha = (await FleetAsync(agent.Broker, 0, "publish", bundle))["bundle"]!.GetValue<string>();
        var status = await FleetAsync(agent.Broker, 1, "rollout", "--bundle", sha);
        Assert.Equal("aborted", status["rollout"]!["state"]!.GetValue<string>());
        Assert.Contains(status["devices"]![0]!["update"]!["reason"]!.GetValue<string>(), reasons.Split('|'));
        Assert.StartsWith(Bundled, agent.Agent.Student.Directory, StringComparison.Ordinal);
        await using var terminal = await TerminalClient.ConnectAsync(agent.Broker, "t1", version5: true, TimeProvider.System,
            TestContext.Current.CancellationToken);
        await foreach (var reply in terminal.AskAsync("local", "edge-1", TerminalClient.Question("What does alarm SP-24 mean?"), 30,
            TestContext.Current.CancellationToken)) Assert.False(reply.IsError);
    }

    private static void Nan(string path)
    {
        long at;
        using (var file = SafetensorsFile.Open(path))
            at = file.Entries.Values.First(e => e.Name.Contains("scale", StringComparison.Ordinal) && e.Type == SafetensorsType.F32).Offset;
        var header = BitConverter.ToInt64(File.ReadAllBytes(path).AsSpan(0, 8)) + 8;
        using var stream = File.OpenWrite(path);
        foreach (var offset in new[] { at, header + at })
        {
            if (offset + 64 > stream.Length) continue;
            stream.Position = offset;
            for (var i = 0; i < 16; i++) stream.Write(BitConverter.GetBytes(float.NaN));
        }
    }

    /// <summary>Gives every second token another's id: a tokenizer of another training.</summary>
    private static void SwapTokens(string path)
    {
        var root = JsonNode.Parse(File.ReadAllText(path))!;
        var vocabulary = root["model"]!["vocab"]!.AsObject();
        var ids = vocabulary.ToDictionary(v => v.Key, v => v.Value!.GetValue<int>());
        var added = root["added_tokens"]!.AsArray().Select(t => t!["id"]!.GetValue<int>()).ToHashSet();
        var free = ids.Where(v => !added.Contains(v.Value)).OrderBy(v => v.Value).ToList();
        for (var i = 0; i + 1 < free.Count; i += 2)
            (vocabulary[free[i].Key], vocabulary[free[i + 1].Key]) = (free[i + 1].Value, free[i].Value);
        File.WriteAllText(path, root.ToJsonString());
    }

    /// <summary>
    /// The first device commits, its people like the answers less than before: the rollout ends there. Devices are played; they
    /// speak plain MQTT.
    /// </summary>
    [Theory]
    [InlineData(24, "aborted", 1)] // 2 of 5 stars, after 4.5
    [InlineData(54, "done", 0)]
    public async Task Rollout_AnswersRatedWorse_StopsAtTheStage(int stars, string state, int code)
    {
        await using var broker = await EmbeddedBroker.StartAsync(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0), 4 << 20);
        var address = new BrokerAddress("127.0.0.1", broker.EndPoint.Port, Tls: false);
        var cancellation = TestContext.Current.CancellationToken;
        var commands = System.Threading.Channels.Channel.CreateUnbounded<string>();
        await using var devices = await FleetClient.ConnectAsync(address, "devices", (topic, payload) =>
        {
            if (!payload.IsEmpty && !topic.EndsWith("/status", StringComparison.Ordinal)) commands.Writer.TryWrite(topic);
        }, cancellation);
        Task SayAsync(string topic, string json, bool retain = true) =>
            devices.PublishAsync($"edge/v1/local/{topic}", System.Text.Encoding.UTF8.GetBytes(json), retain, cancellation);
        foreach (var device in new[] { "d1", "d2" }) await SayAsync($"{device}/state", """{"online":true}""");
        await devices.SubscribeAsync("edge/v1/local/+/cmd/model-update/+", cancellation);
        var rollout = FleetAsync(address, code, "rollout", "--bundle", new string('a', 64), "--stages", "1,100%", "--dwell", "3");
        var asked = new List<string>();
        while (!rollout.IsCompleted)
        {
            var next = commands.Reader.WaitToReadAsync(cancellation).AsTask();
            if (await Task.WhenAny(next, rollout) == rollout) break;
            if (!commands.Reader.TryRead(out var topic)) continue;
            var (device, id) = (topic.Split('/')[3], topic.Split('/')[6]);
            asked.Add(device);
            await SayAsync($"{device}/model", """{"release":8}""");
            await SayAsync($"{device}/telemetry",
                $$"""{"releases":[{"release":8,"answers":90,"ratings":12,"rating_sum":{{stars}}},""" +
                """{"release":7,"answers":900,"ratings":40,"rating_sum":180}]}""", retain: false);
            await SayAsync($"{device}/cmd/model-update/{id}/status", """{"state":"committed"}""");
        }
        var status = await rollout;
        Assert.Equal(state, status["rollout"]!["state"]!.GetValue<string>());
        Assert.Equal(state == "done" ? ["d1", "d2"] : ["d1"], asked);
        Assert.Equal(state == "aborted", status["devices"]![0]!["worse"]!.GetValue<bool>());
    }

    /// <summary>A stage that fails stops the rollout; devices behind it keep what they have; abort and status say so.</summary>
    [Fact]
    public async Task Rollout_ThreeDevices_GoesInStagesAndIsResumed()
    {
        await using var broker = await EmbeddedBroker.StartAsync(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0), 4 << 20);
        var address = new BrokerAddress("127.0.0.1", broker.EndPoint.Port, Tls: false);
        await using var one = await StartAsync("d1", address);
        await using var two = await StartAsync("d2", address);
        var sha = (await FleetAsync(address, 0, "publish", Sign("v2", 7)))["bundle"]!.GetValue<string>();
        var status = await FleetAsync(address, 0, "rollout", "--bundle", sha, "--stages", "1,100%", "--jitter", "0.2");
        Assert.Equal(2, status["devices"]!.AsArray().Count(d => d!["update"]!["state"]!.GetValue<string>() == "committed"));
        // a late joiner: the rollout's bundle is on the broker still
        await using var three = await StartAsync("d3", address);
        status = await FleetAsync(address, 0, "rollout", "--bundle", sha, "--devices", "d3", "--stages", "100%");
        Assert.Equal(3, status["devices"]!.AsArray().Count(d => d!["model"]!["release"]!.GetValue<long>() == 7));
        // taken up again, it finds itself done
        Assert.Equal("done", (await FleetAsync(address, 0, "rollout"))["rollout"]!["state"]!.GetValue<string>());
        // outside its window a device waits; abort takes the command back
        var third = (await FleetAsync(address, 0, "publish", Sign("v3", 9)))["bundle"]!.GetValue<string>();
        var hour = DateTimeOffset.Now.Hour;
        var window = string.Create(CultureInfo.InvariantCulture, $"{(hour + 3) % 24:D2}:00-{(hour + 4) % 24:D2}:00");
        var rollout = FleetAsync(address, 1, "rollout", "--bundle", third, "--devices", "d1", "--stages", "100%", "--window", window);
        for (var i = 0; i < 100; i++)
        {
            status = await FleetAsync(address, 0, "status");
            if (status["devices"]![0]!["update"]?["reason"]?.GetValue<string>() == UpdateReasons.WindowClosed) break;
        }
        Assert.Equal(UpdateReasons.WindowClosed, status["devices"]![0]!["update"]!["reason"]!.GetValue<string>());
        await FleetAsync(address, 0, "abort");
        Assert.Equal("aborted", (await rollout)["rollout"]!["state"]!.GetValue<string>());
        status = await FleetAsync(address, 0, "status");
        Assert.Equal("cancelled", status["devices"]![0]!["update"]!["state"]!.GetValue<string>());
        Assert.Equal(7, one.Agent.Student.Manifest.Release);
    }
}
