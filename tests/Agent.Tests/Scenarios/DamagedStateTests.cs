using System.Diagnostics;
using System.Text;
using EdgeAgent.Answers;
using EdgeAgent.Bundles.Slots;
using EdgeAgent.Hosting;
using EdgeAgent.Mqtt;
using EdgeAgent.Privacy;
using EdgeAgent.Serving;
using EdgeAgent.Telemetry;
using EdgeAgent.Updates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Scenarios;

/// <summary>
/// Whatever has become of the state directory, the device starts, answers, and says what is wrong: every file of it emptied, filled with
/// noise, cut in half or replaced by a directory, a directory that cannot be written, a full disk.
/// </summary>
public sealed class DamagedStateTests : IDisposable
{
    private const string Question = "where is the water main", Curated = "Behind gate 4.";
    private readonly TemporaryDirectory _root = new();

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var file in new[] { "answers/answers.db", "answers/answers.db-wal", "business.db", "business.db-wal",
                "outbox.db", "updates/journal.log", "updates/keys.log", "models/serving.json", "models/trial.json", "models/quarantine.log",
                "models/a/student.json" })
                foreach (var damage in new[] { "empty", "random", "truncated", "directory" }) cases.Add(file, damage);
            return cases;
        }
    }

    public void Dispose() => _root.Dispose();

    private static string Bundled => Path.Combine(SharedData.Repository, "provisioning", "models", AgentSettings.BundledStudent);

    private static AgentSettings Settings(string state) => new()
    {
        StateDirectory = state,
        Mqtt = new MqttOptions { Listen = "127.0.0.1:0" },
        Student = new StudentSettings { Model = Bundled, Rows = 2, Threads = 1, Spinning = false },
    };

    /// <summary>A state directory with content in every file.</summary>
    private async Task<string> PrepareAsync(string name)
    {
        var state = Directory.CreateDirectory(_root.File(name)).FullName;
        var cache = new AnswerCache(Path.Combine(state, "answers", "answers.db"), new Desensitizer(new PrivacyOptions(), entities: null),
            new AnswerOptions(), "local|p1", TimeProvider.System);
        await using (cache)
            cache.Correct(Encoding.UTF8.GetBytes($$"""{"id":"w","questions":["{{Question}}"],"answer":"{{Curated}}"}"""));
        using (var business = new BusinessView(Path.Combine(state, "business.db"), TimeProvider.System)) business.Refusal("overloaded");
        using (var outbox = OutboxStore.Open(Path.Combine(state, "outbox.db"), TimeProvider.System, NullLogger.Instance))
            outbox.Add(0, new OutboundMessage("edge/v1/local/edge-1/telemetry", new byte[100]) { Kind = MessageKind.Telemetry });
        var slots = new SlotStore(Path.Combine(state, "models"));
        Directory.CreateDirectory(slots.PathOf("a"));
        foreach (var file in Directory.GetFiles(Bundled)) File.Copy(file, Path.Combine(slots.PathOf("a"), Path.GetFileName(file)));
        File.WriteAllText(Path.Combine(slots.PathOf("a"), "model.sig"), "{}");
        slots.Promote(new ServingPointer("a", BundleId.Of(slots.PathOf("a"))!, 1));
        slots.Quarantine(new string('1', 64));
        Directory.CreateDirectory(Path.Combine(state, "updates"));
        using (var journal = new UpdateJournal(Path.Combine(state, "updates", "journal.log")))
            journal.Add(new UpdateRecord("u1", new UpdateCommand { Bundle = new string('2', 64) },
                UpdateState.Failed));
        return state;
    }

    private static void Damage(string path, string how)
    {
        var content = File.Exists(path) ? File.ReadAllBytes(path) : [1, 2, 3, 4];
        if (how == "directory")
        {
            File.Delete(path);
            Directory.CreateDirectory(path);
            File.WriteAllText(Path.Combine(path, "inside"), "x");
            return;
        }
        var random = new byte[Math.Max(content.Length, 64)];
        new Random(7).NextBytes(random);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, how switch { "empty" => [], "random" => random, _ => content[..(content.Length / 2)] });
    }

    /// <returns>The agent's warnings and errors.</returns>
    private static async Task<List<string>> ServeAsync(string state, bool knowsCurated)
    {
        var loggers = new RecordingLoggers();
        var agent = new AgentHost(Settings(state), TimeProvider.System, loggers);
        await using (agent)
        {
            await agent.StartAsync(TestContext.Current.CancellationToken);
            await using var terminal = await TerminalClient.ConnectAsync(agent.Broker, "t", version5: true, TimeProvider.System,
                TestContext.Current.CancellationToken);
            foreach (var question in new[] { "What does alarm SP-24 mean?", Question })
            {
                TerminalReply? last = null;
                await foreach (var reply in terminal.AskAsync("local", "edge-1", TerminalClient.Question(question), 180,
                    TestContext.Current.CancellationToken)) last = reply;
                Assert.False(last!.IsError, last.Body.ToJsonString());
                if (knowsCurated && question == Question) Assert.Equal(Curated, last.Text);
            }
        }
        return [.. loggers.Lines.Where(l => l.Level >= LogLevel.Warning).Select(l => l.Text)];
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Start_FileIsDamaged_ServesAndKeepsTheRest(string file, string damage)
    {
        var state = await PrepareAsync("state");
        Damage(Path.Combine(state, file), damage);
        var isAnswers = file == "answers/answers.db";
        var said = await ServeAsync(state, knowsCurated: !isAnswers);
        // an empty database or log is a new one; a log that is cut ends with its last whole record
        if (isAnswers && damage is "random" or "directory" || file == "models/serving.json" || file == "models/a/student.json")
            Assert.NotEmpty(said);
    }

    /// <summary>A path below a file can neither be made nor written, whoever runs the service.</summary>
    [Fact]
    public async Task Start_StateDirectoryCannotExist_ServesAndSaysSo()
    {
        await File.WriteAllTextAsync(_root.File("file"), "x", TestContext.Current.CancellationToken);
        var said = await ServeAsync(Path.Combine(_root.File("file"), "state"), knowsCurated: false);
        Assert.Contains(said, line => line.Contains("state directory", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_AnotherAgentHasTheDirectory_NamesTheCause()
    {
        var state = await PrepareAsync("state");
        using var first = new UpdateJournal(Path.Combine(state, "updates", "journal.log"));
        var error = Assert.Throws<IOException>(() => new AgentHost(Settings(state), TimeProvider.System, new RecordingLoggers()));
        Assert.StartsWith("another edge-agent uses the state directory", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("read-only")]
    [InlineData("full")]
    public async Task Start_DiskCannotBeWritten_ServesWhatItHoldsAndLosesNothing(string kind)
    {
        if (Environment.UserName != "root") Assert.Skip("needs root, to mount a disk that cannot be written");
        var prepared = await PrepareAsync("prepared");
        var mount = Directory.CreateDirectory(_root.File("mnt")).FullName;
        if (!await MountAsync("-t", "tmpfs", "-o", "size=32m", "tmpfs", mount)) Assert.Skip("mounts are forbidden here");
        try
        {
            foreach (var directory in Directory.GetDirectories(prepared, "*", SearchOption.AllDirectories))
                Directory.CreateDirectory(directory.Replace(prepared, mount, StringComparison.Ordinal));
            foreach (var path in Directory.GetFiles(prepared, "*", SearchOption.AllDirectories))
                File.Copy(path, path.Replace(prepared, mount, StringComparison.Ordinal));
            if (kind == "read-only") Assert.True(await MountAsync("-o", "remount,ro", mount));
            else Fill(Path.Combine(mount, "fill"));
            var said = await ServeAsync(mount, knowsCurated: true);
            Assert.Contains(said, line => line.Contains("cannot be written", StringComparison.Ordinal));
            Assert.DoesNotContain(said, line => line.Contains("damaged", StringComparison.Ordinal));
            if (kind == "read-only") Assert.True(await MountAsync("-o", "remount,rw", mount));
            else File.Delete(Path.Combine(mount, "fill"));
            await ServeAsync(mount, knowsCurated: true); // room again
            Assert.Empty(Directory.GetFiles(mount, "*corrupt*", SearchOption.AllDirectories));
        }
        finally
        {
            using var umount = Process.Start("umount", ["-l", mount]);
            await umount.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static async Task<bool> MountAsync(params string[] arguments)
    {
        using var mount = Process.Start(new ProcessStartInfo("mount", arguments) { RedirectStandardError = true })!;
        await mount.WaitForExitAsync(TestContext.Current.CancellationToken);
        return mount.ExitCode == 0;
    }

    /// <summary>Writes until the disk has no room for one more byte.</summary>
    private static void Fill(string path)
    {
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        foreach (var size in new[] { 1 << 20, 1 << 12, 1 })
        {
            var block = new byte[size];
            try
            {
                while (true) stream.Write(block);
            }
            catch (IOException)
            {
                // full for blocks of this size
            }
        }
    }
}
