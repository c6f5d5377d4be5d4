using System.Security.Cryptography;
using System.Text;
using EdgeAgent.Answers;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Bundles.Slots;
using EdgeAgent.Hosting;
using EdgeAgent.Hosting.Health;
using EdgeAgent.Mqtt;
using EdgeAgent.Privacy;
using EdgeAgent.Serving;
using EdgeAgent.Updates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Hosting;

/// <summary>With Bundles:RequireSignature only signed students are loaded, and a device without one serves its stored answers.</summary>
public sealed class SignedStartTests : IDisposable
{
    private const string Question = "where is the water main", Curated = "Behind gate 4.";
    private readonly TemporaryDirectory _root = new();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose()
    {
        _key.Dispose();
        _root.Dispose();
    }

    private static string Bundled => Path.Combine(SharedData.Repository, "provisioning", "models", AgentSettings.BundledStudent);

    private static string BundledKey =>
        File.ReadAllText(Path.Combine(SharedData.Repository, "provisioning", "models", "keys", AgentSettings.BundledStudent + ".pem"));

    private string Copy(string name, bool isSigned)
    {
        var directory = Directory.CreateDirectory(_root.File(name)).FullName;
        foreach (var file in Directory.GetFiles(Bundled)) File.Copy(file, Path.Combine(directory, Path.GetFileName(file)));
        File.Delete(Path.Combine(directory, Bundle.SignatureFileName));
        if (isSigned) Sign(directory);
        return directory;
    }

    private void Sign(string directory) => ModelSigner.SignWithKey(directory, Path.Combine(directory, Bundle.SignatureFileName), _key,
        new SignOptions { ShardSize = BundleChunks.MaxBytes });

    private void Trust(string before = "")
    {
        Directory.CreateDirectory(_root.File("keys"));
        File.WriteAllText(_root.File("keys/test.pem"), before + _key.ExportSubjectPublicKeyInfoPem());
    }

    private AgentSettings Settings(string model) => new()
    {
        StateDirectory = _root.File("state"),
        Mqtt = new MqttOptions { Listen = "127.0.0.1:0" },
        Student = new StudentSettings { Model = model, Rows = 2, Threads = 1, Spinning = false },
        Updates = new UpdateOptions { Keys = _root.File("keys") },
        Bundles = new BundleOptions { RequireSignature = true },
        Supervisor = new SupervisorOptions { BackOff = TimeSpan.FromSeconds(0.05), MaxBackOff = TimeSpan.FromSeconds(0.2) },
    };

    /// <summary>A changed file of the bundled student needs a new signature: provisioning/student/sign.sh.</summary>
    [Fact]
    public void BundledStudent_AsCommitted_IsSignedByTheKeyBesideIt()
    {
        BundleSignature.Verify(Bundled, [BundledKey]);
        Assert.DoesNotContain("PRIVATE", BundledKey, StringComparison.Ordinal);
        // as packed, and for this student alone
        var start = new SignedStart(Settings(""), TimeProvider.System);
        start.Admit(AgentSettings.BundledDirectory);
        var copy = Copy("copy", isSigned: false);
        File.Copy(Path.Combine(Bundled, Bundle.SignatureFileName), Path.Combine(copy, Bundle.SignatureFileName));
        BundleSignature.Verify(copy, [BundledKey]);
        Assert.Throws<StudentRefusedException>(() => start.Admit(copy));
    }

    [Theory]
    [InlineData("weights.safetensors")]
    [InlineData("tokenizer.json")]
    [InlineData("student.json")]
    [InlineData("extra.txt")]
    [InlineData("model.sig")]
    public void Admit_AnyFileChanged_IsRefusedByName(string file)
    {
        Trust();
        var directory = Copy("student", isSigned: true);
        var start = new SignedStart(Settings(directory), TimeProvider.System);
        start.Admit(directory);
        if (file == "model.sig") File.WriteAllText(Path.Combine(directory, file), "{}");
        else File.AppendAllText(Path.Combine(directory, file), " ");
        var refusal = Assert.Throws<StudentRefusedException>(() => start.Admit(directory)).Message;
        if (file != "model.sig") Assert.Contains(file, refusal, StringComparison.Ordinal);
        Assert.Contains("Bundles:RequireSignature", refusal, StringComparison.Ordinal);
        Assert.Contains("edge-agent model sign key", refusal, StringComparison.Ordinal);
        Assert.Contains(_root.File("keys"), refusal, StringComparison.Ordinal);
    }

    /// <summary>A key that ended brings no new bundle, and does not stop a device whose clock has passed its end; a removed one does.
    /// </summary>
    [Fact]
    public void Admit_KeyHasEnded_LoadsUntilTheKeyIsRemoved()
    {
        Trust(before: "Not-After: 2027-01-31\n");
        var directory = Copy("student", isSigned: true);
        var clock = new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var ring = new KeyRing(_root.File("keys"), _root.File("none"), clock);
        Assert.Throws<VerificationException>(() => ring.Verify(File.ReadAllBytes(Path.Combine(directory, Bundle.SignatureFileName))));
        var start = new SignedStart(Settings(directory), clock);
        start.Admit(directory);
        File.Delete(_root.File("keys/test.pem"));
        Assert.Throws<StudentRefusedException>(() => start.Admit(directory));
    }

    private static async Task<TerminalReply> AskAsync(AgentHost agent, string question)
    {
        await using var terminal = await TerminalClient.ConnectAsync(agent.Broker, "t", version5: true, TimeProvider.System,
            TestContext.Current.CancellationToken);
        TerminalReply? last = null;
        await foreach (var reply in terminal.AskAsync("local", "edge-1", TerminalClient.Question(question), 180,
            TestContext.Current.CancellationToken)) last = reply;
        return last!;
    }

    /// <summary>The device is up and answers what it knows; when the student is signed it answers everything, without a restart.</summary>
    [Fact]
    public async Task Start_NoSignedStudent_ServesStoredAnswersUntilItIsSigned()
    {
        Trust();
        var directory = Copy("student", isSigned: false);
        var settings = Settings(directory);
        var cache = new AnswerCache(settings.AnswersPath, new Desensitizer(new PrivacyOptions(), entities: null), new AnswerOptions(),
            settings.AnswerScope, TimeProvider.System);
        await using (cache)
            cache.Correct(Encoding.UTF8.GetBytes($$"""{"id":"w","questions":["{{Question}}"],"answer":"{{Curated}}"}"""));
        var loggers = new RecordingLoggers();
        await using var agent = new AgentHost(settings, TimeProvider.System, loggers);
        await agent.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Curated, (await AskAsync(agent, Question)).Text);
        var refused = await AskAsync(agent, "What does alarm SP-24 mean?");
        Assert.True(refused.IsError);
        Assert.Contains("unavailable", refused.Body.ToJsonString(), StringComparison.Ordinal);
        var finding = agent.Services.GetServices<IHealthCheck>().OfType<ServingCheck>().Single().Check();
        Assert.Equal(HealthSeverity.Failure, finding.Severity);
        Assert.Contains(directory, finding.Found, StringComparison.Ordinal);
        Assert.Contains(loggers.Lines, l => l.Level == LogLevel.Error && l.Text.Contains("only stored answers", StringComparison.Ordinal));
        Assert.Throws<InvalidOperationException>(() => agent.Student);
        Sign(directory);
        await Waiting.ForAsync(() => agent.Services.GetRequiredService<StudentRouter>() is { IsParked: false }
            && agent.Services.GetRequiredService<EngineSupervisor>().Health.State == EngineState.Serving);
        var answer = await AskAsync(agent, "What does alarm SP-24 mean?");
        Assert.False(answer.IsError, answer.Body.ToJsonString());
        Assert.Equal(HealthSeverity.Good, agent.Services.GetServices<IHealthCheck>().OfType<ServingCheck>().Single().Check().Severity);
    }

    /// <summary>A device that may load no student takes a signed one by an update, as any other device.</summary>
    [Fact]
    public async Task Update_NoStudentIsLoaded_BringsASignedOne()
    {
        Trust();
        var settings = Settings(Copy("student", isSigned: false));
        var next = Copy("next", isSigned: false);
        (StudentManifest.Load(next) with { Release = 7 }).Save(next);
        Sign(next);
        await using var agent = new AgentHost(settings with
        {
            Updates = settings.Updates with { TrialDuration = TimeSpan.FromSeconds(1), SpaceMarginBytes = 0, MinSpeed = 0 }
        }, TimeProvider.System, new RecordingLoggers());
        await agent.StartAsync(TestContext.Current.CancellationToken);
        await using var fleet = await FleetClient.ConnectAsync(agent.Broker, "fleet", (_, _) => { }, TestContext.Current.CancellationToken);
        await fleet.PublishAsync(new Topics("local", "edge-1").Command(Operations.ModelUpdate, "u1"),
            Encoding.UTF8.GetBytes($$"""{"bundle":"{{BundleId.Of(next)}}","url":"{{new Uri(next + "/")}}"}"""), retain: true,
            TestContext.Current.CancellationToken);
        var journal = agent.Services.GetRequiredService<UpdateJournal>();
        await Waiting.ForAsync(() => journal.Find("u1") is { IsOver: true });
        Assert.Equal((UpdateState.Committed, (string?)null), (journal.Find("u1")!.State, journal.Find("u1")!.Reason));
        await Waiting.ForAsync(() => agent.Services.GetRequiredService<EngineSupervisor>().Health.State == EngineState.Serving);
        Assert.Equal(7, agent.Student.Manifest.Release);
        var answer = await AskAsync(agent, "What does alarm SP-24 mean?");
        Assert.False(answer.IsError, answer.Body.ToJsonString());
    }

    /// <summary>A student in a slot that was changed behind the agent's back does not serve; the configured one does.</summary>
    [Fact]
    public async Task Start_InstalledStudentWasChanged_TheConfiguredOneServes()
    {
        Trust();
        var configured = Copy("student", isSigned: true);
        var settings = Settings(configured);
        var slots = new SlotStore(settings.SlotsPath);
        Copy("state/models/a", isSigned: true);
        slots.Promote(new ServingPointer("a", BundleId.Of(slots.PathOf("a"))!, 1));
        foreach (var (isChanged, serves) in new[] { (false, slots.PathOf("a")), (true, configured) })
        {
            if (isChanged) File.AppendAllText(Path.Combine(slots.PathOf("a"), "chat_template.jinja"), " ");
            await using var agent = new AgentHost(settings, TimeProvider.System, new RecordingLoggers());
            await agent.StartAsync(TestContext.Current.CancellationToken);
            Assert.Equal(serves, agent.Student.Directory);
        }
    }
}
