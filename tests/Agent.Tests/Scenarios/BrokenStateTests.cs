using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using EdgeAgent.Answers;
using EdgeAgent.Hosting;
using EdgeAgent.Hosting.Health;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;
using EdgeAgent.Privacy;
using EdgeAgent.Serving;
using EdgeAgent.Tests.Cli;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeAgent.Tests.Scenarios;

/// <summary>
/// A device in a bad state is up, or refuses to start with the reason: every file that a run leaves damaged in turn, a clock that jumps,
/// no network, no sensors, few file descriptors, two agents on one directory. See <see cref="DamagedStateTests"/> for the files that
/// hold something which must not be lost.
/// </summary>
public sealed class BrokenStateTests : IDisposable
{
    private const string Question = "where is the water main", Curated = "Behind gate 4.";
    private readonly TemporaryDirectory _root = new();

    public void Dispose() => _root.Dispose();

    /// <summary>The system's clock, set wrong.</summary>
    private sealed class WrongClock : TimeProvider
    {
        public TimeSpan Off { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Off;
    }

    private AgentSettings Settings(string broker = "") => new()
    {
        StateDirectory = _root.File("state"),
        Mqtt = new MqttOptions { Listen = "127.0.0.1:0", Broker = broker, MaxReconnectDelay = TimeSpan.FromSeconds(1) },
        Student = new StudentSettings
        {
            Model = Path.Combine(SharedData.Repository, "provisioning", "models", AgentSettings.BundledStudent),
            Rows = 2,
            Threads = 1,
            Spinning = false
        },
    };

    private async Task StoreAsync()
    {
        var settings = Settings();
        var cache = new AnswerCache(settings.AnswersPath, new Desensitizer(new PrivacyOptions(), entities: null), new AnswerOptions(),
            settings.AnswerScope, TimeProvider.System);
        await using (cache)
            cache.Correct(Encoding.UTF8.GetBytes($$"""{"id":"w","questions":["{{Question}}"],"answer":"{{Curated}}"}"""));
    }

    private static async Task AskAsync(BrokerAddress broker, string question, string? expected)
    {
        await using var terminal = await TerminalClient.ConnectAsync(broker, "t", version5: true, TimeProvider.System,
            TestContext.Current.CancellationToken);
        TerminalReply? last = null;
        await foreach (var reply in terminal.AskAsync("local", "edge-1", TerminalClient.Question(question), 180,
            TestContext.Current.CancellationToken)) last = reply;
        Assert.False(last!.IsError, last.Body.ToJsonString());
        if (expected is not null) Assert.Equal(expected, last.Text);
    }

    /// <summary>Starts, answers from store and student, stops.</summary>
    private async Task ServeAsync(TimeProvider? clock = null, AgentSettings? settings = null, Action<AgentHost>? meanwhile = null)
    {
        var agent = new AgentHost(settings ?? Settings(), clock ?? TimeProvider.System, new RecordingLoggers());
        await using (agent)
        {
            await agent.StartAsync(TestContext.Current.CancellationToken);
            await AskAsync(agent.Broker, Question, Curated);
            await AskAsync(agent.Broker, "What does alarm SP-24 mean?", expected: null);
            meanwhile?.Invoke(agent);
            if (meanwhile is null) return;
            await AskAsync(agent.Broker, Question, Curated);
            await AskAsync(agent.Broker, "What does alarm SP-25 mean?", expected: null);
        }
    }

    /// <summary>
    /// Whatever files a run has left besides those that hold answers and students: emptied, filled with noise and cut in half, one at a
    /// time. Files that are added later are found by themselves.
    /// </summary>
    [Fact]
    public async Task Start_AnyFileOfARunIsDamaged_ServesAndKeepsTheRest()
    {
        await StoreAsync();
        await ServeAsync();
        var state = Settings().StateDirectory;
        var files = Directory.GetFiles(state, "*", SearchOption.AllDirectories).Where(f =>
            !f.Contains("/answers/", StringComparison.Ordinal) && !f.Contains("business.db", StringComparison.Ordinal)).ToList();
        foreach (var expected in new[] { DirectoryLock.FileName, HealthFile.Name, "seal.json", "model.onnx" })
            Assert.Contains(files, f => Path.GetFileName(f) == expected);
        foreach (var file in files)
            foreach (var damage in new[] { "empty", "random", "truncated" })
            {
                if (!File.Exists(file)) await ServeAsync(); // what was damaged before is made anew by the next run
                var content = File.Exists(file) ? await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken) : [];
                var noise = new byte[Math.Max(content.Length, 64)];
                new Random(7).NextBytes(noise);
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                var damaged = damage switch { "empty" => [], "random" => noise, _ => content[..(content.Length / 2)] };
                await File.WriteAllBytesAsync(file, damaged, TestContext.Current.CancellationToken);
                await ServeAsync();
            }
    }

    [Theory]
    [InlineData(365)]
    [InlineData(-365)]
    public async Task Clock_JumpsAYear_AtTheStartAndWhileItRuns_AnswersGoOn(int days)
    {
        await StoreAsync();
        await ServeAsync();
        var clock = new WrongClock();
        await ServeAsync(clock, meanwhile: _ => clock.Off = TimeSpan.FromDays(days));
        await ServeAsync(clock); // a restart with the wrong clock
        clock.Off = TimeSpan.Zero;
        await ServeAsync(clock); // and after it was mended
    }

    [Fact]
    public async Task Start_NoNetwork_IsUpAndConnectsWhenItComes()
    {
        using var free = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        free.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var end = (IPEndPoint)free.LocalEndPoint!;
        await StoreAsync();
        await using var agent = new AgentHost(Settings(string.Create(CultureInfo.InvariantCulture, $"mqtt://127.0.0.1:{end.Port}")),
            TimeProvider.System, new RecordingLoggers());
        await agent.StartAsync(TestContext.Current.CancellationToken); // ready without a broker
        Assert.False(agent.Link.IsConnected);
        free.Dispose();
        await using var broker = await EmbeddedBroker.StartAsync(end, 1 << 20);
        await agent.Link.Connected.WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken);
        await Waiting.ForAsync(() => agent.Link.IsConnected);
        await AskAsync(agent.Broker, Question, Curated);
    }

    [Fact]
    public async Task Start_NoSensors_ServesAndSaysSo()
    {
        await StoreAsync();
        var settings = Settings() with { Thermal = new EdgeAgent.Thermal.LadderOptions { Enabled = false } };
        await ServeAsync(settings: settings, meanwhile: agent => Assert.Equal(HealthSeverity.Warning,
            agent.Services.GetServices<IHealthCheck>().OfType<SensorsCheck>().Single().Check().Severity));
    }

    /// <summary>Also where updates, whose journal has a lock of its own, are switched off.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Start_AnotherAgentUsesTheDirectory_NamesItsProcess(bool hasUpdates)
    {
        var settings = Settings() with { Updates = new EdgeAgent.Updates.UpdateOptions { Enabled = hasUpdates } };
        await using (var first = new AgentHost(settings, TimeProvider.System, new RecordingLoggers()))
        {
            await first.StartAsync(TestContext.Current.CancellationToken);
            Assert.Equal(Environment.ProcessId, DirectoryLock.HolderOf(settings.StateDirectory));
            var error = Assert.Throws<IOException>(() => new AgentHost(settings, TimeProvider.System, new RecordingLoggers()));
            Assert.StartsWith(string.Create(CultureInfo.InvariantCulture,
                $"another edge-agent (process {Environment.ProcessId}) uses the state directory '{settings.StateDirectory}'"),
                error.Message, StringComparison.Ordinal);
        }
        Assert.Null(DirectoryLock.HolderOf(settings.StateDirectory));
        using var after = DirectoryLock.Take(settings.StateDirectory);
        Assert.NotNull(after);
    }

    /// <summary>64 descriptors, as a service with LimitNOFILE=64 gets them: it serves, or ends with a reason; it does not hang.</summary>
    [Fact]
    public async Task Run_SixtyFourFileDescriptors_ServesOrSaysWhyNot()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("needs ulimit");
        var info = new ProcessStartInfo("bash", ["-c",
            "ulimit -n 64; exec dotnet \"$0\" run --listen 127.0.0.1:0 --state \"$1\"", AgentProcess.Executable, _root.File("state")])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        using var agent = Process.Start(info)!;
        try
        {
            var error = agent.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var ready = await agent.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask()
                .WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken);
            if (ready is not null)
            {
                Assert.StartsWith("edge-agent ready: mqtt://127.0.0.1:", ready, StringComparison.Ordinal);
                Assert.True(BrokerAddress.TryParse(ready.Split(' ')[2].TrimEnd(','), out var broker));
                await AskAsync(broker, "What does alarm SP-24 mean?", expected: null);
                return;
            }
            await agent.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Waiting.Limit,
                TestContext.Current.CancellationToken);
            Assert.NotEqual(0, agent.ExitCode);
            Assert.Contains("Too many open files", await error, StringComparison.Ordinal);
        }
        finally
        {
            if (!agent.HasExited) agent.Kill();
        }
    }
}
