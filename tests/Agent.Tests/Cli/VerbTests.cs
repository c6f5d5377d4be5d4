using System.Diagnostics;
using System.Text.Json;
using EdgeAgent.Hosting;
using EdgeAgent.Tests.Bundles;

namespace EdgeAgent.Tests.Cli;

public sealed class VerbTests
{
    private static string Bundled => Path.Combine(SharedData.Repository, "provisioning", "models", AgentSettings.BundledStudent);

    [Fact]
    public async Task Demo_Fast_EndsByItselfWithATableOfAnswers()
    {
        var clock = Stopwatch.StartNew();
        var (code, output, error) = await AgentProcess.RunAsync(null, "demo", "--fast");
        Assert.True(code == 0, error);
        Assert.True(clock.Elapsed < Waiting.Limit, $"{clock.Elapsed}"); // it ends by itself, however slow the machine is
        foreach (var part in new[] { "MQTT 3.1.1", "SP-14", "RB-12", "first ms", "tokens/s", "model" })
            Assert.Contains(part, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Ask_SigTerm_AnswersDrainsAndExitsZero()
    {
        using var state = new TemporaryDirectory();
        using var agent = Process.Start(AgentProcess.Info("run", "--listen", "127.0.0.1:0", "--state", state.Path))!;
        try
        {
            var ready = (await agent.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask()
                .WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken))!;
            Assert.StartsWith("edge-agent ready: mqtt://127.0.0.1:", ready, StringComparison.Ordinal);
            var broker = ready.Split(' ')[2].TrimEnd(',');
            var (code, output, error) = await AgentProcess.RunAsync(null, "ask", "主轴变频器报警 SP-14 怎么处理?", "--broker", broker);
            Assert.True(code == 0, error);
            Assert.Contains("SP-14", output, StringComparison.Ordinal);
            Assert.Contains("first token", error, StringComparison.Ordinal);
            var (jsonCode, json, _) = await AgentProcess.RunAsync(null, "ask", "SP-14?", "--broker", broker, "--json");
            Assert.Equal(0, jsonCode);
            Assert.Equal("chat.completion", JsonDocument.Parse(json).RootElement.GetProperty("object").GetString());

            Process.Start("kill", ["-TERM", agent.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])!.WaitForExit();
            await agent.WaitForExitAsync(TestContext.Current.CancellationToken)
                .WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken);
            Assert.Equal(0, agent.ExitCode);
            var log = string.Concat(Directory.GetFiles(state.File("logs")).Select(File.ReadAllText));
            Assert.Contains("cell-student", log, StringComparison.Ordinal);
            Assert.DoesNotContain("怎么处理", log, StringComparison.Ordinal);
        }
        finally
        {
            if (!agent.HasExited) agent.Kill();
        }
    }

    [Fact]
    public async Task Run_Killed_TheWillSaysOfflineForItsSession()
    {
        using var state = new TemporaryDirectory();
        await using var broker = await EdgeAgent.Mqtt.EmbeddedBroker.StartAsync(System.Net.IPEndPoint.Parse("127.0.0.1:0"), 1 << 20);
        using var agent =
            Process.Start(AgentProcess.Info("run", "--broker", $"mqtt://127.0.0.1:{broker.EndPoint.Port}", "--state", state.Path))!;
        await using var watcher =
            await Mqtt.RawClient.ConnectAsync(new EdgeAgent.Mqtt.BrokerAddress("127.0.0.1", broker.EndPoint.Port, false), "w", true,
                "edge/v1/local/edge-1/state");
        string Session(MQTTnet.MqttApplicationMessage m) =>
            JsonDocument.Parse(Mqtt.RawClient.Text(m)).RootElement.GetProperty("session").GetString()!;
        var online = await watcher.WaitAsync(m => Mqtt.RawClient.Text(m).Contains("\"online\":true", StringComparison.Ordinal));
        agent.Kill();
        var offline = await watcher.WaitAsync(m => Mqtt.RawClient.Text(m).Contains("\"online\":false", StringComparison.Ordinal));
        Assert.Equal(Session(online), Session(offline));
        await using var late = await Mqtt.RawClient.ConnectAsync(new EdgeAgent.Mqtt.BrokerAddress("127.0.0.1", broker.EndPoint.Port, false),
            "late", true, "edge/v1/local/edge-1/state");
        Assert.Contains("\"online\":false", Mqtt.RawClient.Text(await late.WaitAsync(_ => true)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_StartUpFails_NamesTheCauseAndExitsNonZero()
    {
        using var state = new TemporaryDirectory();
        var (code, _, error) = await AgentProcess.RunAsync(null, "run", "--listen", "127.0.0.1:0", "--state", state.Path, "--model",
            state.File("none"));
        Assert.Equal(1, code);
        Assert.Contains($"{state.File("none")}: expected a bundle directory; found no such directory", error, StringComparison.Ordinal);

        using var occupied = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        occupied.Start();
        (code, _, error) = await AgentProcess.RunAsync(null, "run", "--listen", occupied.LocalEndpoint.ToString()!, "--state", state.Path);
        Assert.Equal(1, code);
        Assert.Contains($"cannot listen on {occupied.LocalEndpoint}", error, StringComparison.Ordinal);

        File.WriteAllText(state.File("agent.json"), """{"Student":{"Rows":900}}""");
        (code, _, error) = await AgentProcess.RunAsync(null, "run", "--config", state.File("agent.json"));
        Assert.Equal(2, code);
        Assert.Contains("Student:Rows must be 1..64, found 900", error, StringComparison.Ordinal);
    }

    /// <summary>
    /// As systemd starts it (Type=notify, WatchdogSec=): READY only after the warm-up answer, STATUS on the way, signs of life while it
    /// serves. The socket is all it goes by: /proc does not show systemd to a hardened unit.
    /// </summary>
    [Fact]
    public async Task Run_UnderSystemd_IsReadyAfterTheWarmUpAnswer()
    {
        using var state = new TemporaryDirectory();
        var path = state.File("notify");
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Dgram,
            System.Net.Sockets.ProtocolType.Unspecified);
        socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(path));
        socket.ReceiveTimeout = 60_000;
        var info = AgentProcess.Info("run", "--listen", "127.0.0.1:0", "--state", state.Path);
        info.Environment["NOTIFY_SOCKET"] = path;
        info.Environment["WATCHDOG_USEC"] = "300000";
        using var agent = Process.Start(info)!;
        try
        {
            var buffer = new byte[4096];
            var messages = new List<string>();
            while (!messages.Contains("READY=1") || messages.Count(m => m == "WATCHDOG=1") < 5)
                messages.AddRange(System.Text.Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer))
                    .Split('\n', StringSplitOptions.RemoveEmptyEntries));
            messages.RemoveAll(m => m == "WATCHDOG=1");
            var ready = messages.IndexOf("READY=1");
            Assert.Contains("STATUS=loading the student", messages[..ready]);
            Assert.StartsWith("STATUS=serving cell-student", messages[ready - 1], StringComparison.Ordinal);
            Process.Start("kill", ["-TERM", $"{agent.Id}"])!.WaitForExit();
            await agent.WaitForExitAsync(TestContext.Current.CancellationToken)
                .WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken);
            Assert.Equal(0, agent.ExitCode);
        }
        finally
        {
            if (!agent.HasExited) agent.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public async Task Ask_NoBroker_SaysSo()
    {
        var (code, _, error) = await AgentProcess.RunAsync(null, "ask", "x", "--broker", "mqtt://127.0.0.1:1", "--timeout", "5");
        Assert.Equal(1, code);
        Assert.Contains("cannot reach the broker mqtt://127.0.0.1:1", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bogus")]
    [InlineData("ask")]
    [InlineData("ask", "x", "--timeout", "0")]
    [InlineData("bench", "--concurrency", "0")]
    [InlineData("bench", "--load", "2,x")]
    [InlineData("bench", "--load", "2", "--deadline", "soon")]
    [InlineData("bench", "--load", "2", "--clients", "0")]
    [InlineData("model", "import", "--from", "x")]
    [InlineData("model", "tokenize")]
    public async Task Verb_WrongCommandLine_ExitsWithTwo(params string[] arguments)
    {
        var (code, _, error) = await AgentProcess.RunAsync("", arguments);
        Assert.Equal(2, code);
        Assert.StartsWith("edge-agent: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Instruments_LinesInAndOut_KeepOrderAndGoOnAfterAnError()
    {
        var (code, output,
            error) =
            await AgentProcess.RunAsync(
                "{\"text\":\"SP-14 " +
                "你好\"}\nnonsense\n{\"ids\":[1,730]}\n{\"ids\":[999999]}\n{\"messages\":[{\"role\":\"user\",\"content\":\"a<|end|>\"}]}\n",
                "model", "tokenize", "--jsonl");
        Assert.True(code == 0, error);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal(5, lines.Count);
        Assert.True(lines[0].GetProperty("ids").GetArrayLength() > 3);
        Assert.Equal("invalid_request", lines[1].GetProperty("error").GetProperty("code").GetString());
        Assert.StartsWith("<|user|>", lines[2].GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Contains("999999", lines[3].GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("<|user|>a<|end|><|assistant|>", lines[4].GetProperty("text").GetString());
        Assert.DoesNotContain(lines[4].GetProperty("ids").EnumerateArray(), i => i.GetInt32() == 3);
    }

    [Fact]
    public async Task Instruments_LogitsAndGenerate_AgreeOnTheFirstToken()
    {
        const string prompt = """{"text":"<|user|>SP-14?<|assistant|>","top":2,"at":[5],"max_tokens":60}""";
        var (_, logits, _) = await AgentProcess.RunAsync(prompt + "\n", "model", "logits", "--jsonl", "--model", Bundled);
        var (_, generated, _) = await AgentProcess.RunAsync(prompt + "\n", "model", "generate", "--jsonl", "--model", Bundled);
        var l = JsonDocument.Parse(logits).RootElement;
        var g = JsonDocument.Parse(generated).RootElement;
        Assert.Equal(2, l.GetProperty("top").GetArrayLength());
        Assert.Equal(1, l.GetProperty("at").GetArrayLength());
        Assert.Equal(l.GetProperty("top")[0][0].GetInt32(), g.GetProperty("ids")[0].GetInt32());
        Assert.Equal("stop", g.GetProperty("finish_reason").GetString());
        Assert.Contains("SP-14", g.GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redact_MapAndRestore_GiveTheTextBack()
    {
        using var directory = new TemporaryDirectory();
        const string text = "😀 ring 13812345678 or 13987654321, <PHONE_1> is no number of mine\n";
        var (code, scrubbed, error) = await AgentProcess.RunAsync(text, "redact", "--map", directory.File("map.json"));
        Assert.True(code == 0, error);
        Assert.Equal("😀 ring <PHONE_1> or <PHONE_2>, <_PHONE_1> is no number of mine\n", scrubbed);
        if (OperatingSystem.IsLinux())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(directory.File("map.json")));
        Assert.Equal(text, (await AgentProcess.RunAsync(scrubbed, "redact", "--restore", directory.File("map.json"))).Output);
        Assert.Equal(2, (await AgentProcess.RunAsync("", "redact", "--restore", directory.File("none"))).Code);
    }

    /// <summary>The instrument's shape; offsets count code points.</summary>
    [Fact]
    public async Task Redact_JsonLines_GivesTextAndSpans()
    {
        var (code, output, error) = await AgentProcess.RunAsync("{\"text\":\"😀 a@b.org\"}\n{\"text\":5}\n{\"text\":\"SP-14\"}\n", "redact",
            "--jsonl");
        Assert.True(code == 0, error);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        var span = Assert.Single(lines[0].GetProperty("spans").EnumerateArray());
        Assert.Equal((2, 9, "EMAIL", "email", "<EMAIL_1>"),
            (span.GetProperty("start").GetInt32(), span.GetProperty("end").GetInt32(), span.GetProperty("type").GetString(),
                span.GetProperty("recognizer").GetString(), span.GetProperty("placeholder").GetString()));
        Assert.Equal("invalid_request", lines[1].GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("SP-14", lines[2].GetProperty("text").GetString());
        Assert.Equal(2, (await AgentProcess.RunAsync("", "eval", "--suite", "privacy")).Code);
    }

    [Fact]
    public async Task Bench_Json_HasEveryFigure()
    {
        var (code, output, error) = await AgentProcess.RunAsync(null, "bench", "--prompt", "8", "--generate", "8", "--concurrency", "1,2",
            "--json");
        Assert.True(code == 0, error);
        var json = JsonDocument.Parse(output).RootElement;
        foreach (var name in new[] { "model", "provider", "provider_why", "threads", "load_ms", "memory_mb" })
            Assert.True(json.TryGetProperty(name, out _), name);
        Assert.Equal([1, 2], json.GetProperty("runs").EnumerateArray().Select(r => r.GetProperty("concurrency").GetInt32()));
        Assert.All(json.GetProperty("runs").EnumerateArray(),
            r =>
                Assert.True(r.GetProperty("prefill_tokens_per_s").GetDouble() > 0 && r.GetProperty("decode_tokens_per_s").GetDouble() > 0));
    }

    [Fact]
    public async Task BenchLoad_Json_HasEveryFigure()
    {
        var (code, output, error) = await AgentProcess.RunAsync(null, "bench", "--load", "0.5,3", "--duration", "2s", "--deadline", "1s",
            "--prompt", "16", "--generate", "16", "--json");
        Assert.True(code == 0, error);
        var json = JsonDocument.Parse(output).RootElement;
        Assert.True(json.GetProperty("capacity_per_s").GetDouble() > 0);
        Assert.Equal([0.5, 3], json.GetProperty("loads").EnumerateArray().Select(l => l.GetProperty("factor").GetDouble()));
        foreach (var load in json.GetProperty("loads").EnumerateArray())
        {
            int Of(string name) => load.GetProperty(name).GetInt32();
            Assert.Equal(Of("asked"), Of("answered") + Of("late") + Of("withdrawn") + Of("refused"));
            foreach (var name in new[] { "goodput_per_s", "late_share", "refusal_p99_ms", "answer_p99_ms", "memory_after_mb" })
                Assert.True(load.TryGetProperty(name, out _), name);
        }
    }

    [Fact]
    public async Task BenchService_Json_HasEveryFigure()
    {
        var (code, output, error) = await AgentProcess.RunAsync(null, "bench", "--service", "--concurrency", "2", "--json");
        Assert.True(code == 0, error);
        var json = JsonDocument.Parse(output).RootElement;
        Assert.Equal([0.75, 0.95], json.GetProperty("known_prefix").EnumerateArray().Select(k => k.GetProperty("share").GetDouble()));
        Assert.All(json.GetProperty("known_prefix").EnumerateArray(), k => Assert.True(k.GetProperty("warm_ms").GetDouble() > 0));
        Assert.All(json.GetProperty("pace").EnumerateArray(), p => Assert.True(p.GetProperty("idle_p99_ms").GetDouble() > 0));
    }

    [Fact]
    public async Task Import_HuggingFaceDirectory_MakesABundleThatAnswers()
    {
        using var directory = new TemporaryDirectory();
        TinyStudent.WriteCheckpoint(directory.File("source"));
        var (code, output, error) = await AgentProcess.RunAsync(null, "model", "import", "--from", directory.File("source"), "--out",
            directory.File("bundle"));
        Assert.True(code == 0, error);
        Assert.Contains("layers.0.qkv", output, StringComparison.Ordinal);
        (code, output,
            error) = await AgentProcess.RunAsync("{\"text\":\"A\",\"max_tokens\":3,\"ignore_eos\":true}\n", "model", "generate", "--jsonl",
                "--model", directory.File("bundle"));
        Assert.True(code == 0, error);
        Assert.Equal(3, JsonDocument.Parse(output).RootElement.GetProperty("ids").GetArrayLength());
        (code, output, _) = await AgentProcess.RunAsync(null, "model", "inspect", directory.File("bundle"), "--json");
        Assert.Equal((0, "source"), (code, JsonDocument.Parse(output).RootElement.GetProperty("name").GetString()));
    }
}
