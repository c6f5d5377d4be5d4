using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeAgent.Bundles;
using EdgeAgent.Cli;
using EdgeAgent.Hosting;
using EdgeAgent.Hosting.Health;
using EdgeAgent.Inference.Decoders.Prepared;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;
using EdgeAgent.Updates;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Hosting.Health;

/// <summary>What each check of the doctor finds on a sound device, and on one that has the fault it looks for.</summary>
public sealed class DoctorChecksTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();

    public void Dispose() => _root.Dispose();

    private static string Bundled => Path.Combine(SharedData.Repository, "provisioning", "models", AgentSettings.BundledStudent);

    private DoctorScene Scene(Func<AgentSettings, AgentSettings>? change = null, TimeProvider? clock = null)
    {
        var settings = new AgentSettings
        {
            StateDirectory = Directory.CreateDirectory(_root.File("state")).FullName,
            Updates = new UpdateOptions { Keys = _root.File("keys") },
        };
        return new DoctorScene(change?.Invoke(settings) ?? settings, _root.File("agent.json"), clock ?? TimeProvider.System)
        {
            Root = _root.Path,
        };
    }

    private static async Task<IReadOnlyList<HealthFinding>> LookAsync(IDoctorCheck check) =>
        await check.LookAsync(TestContext.Current.CancellationToken);

    private static async Task<HealthFinding> OneAsync(IDoctorCheck check) => Assert.Single(await LookAsync(check));

    private static void Mode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, mode);
    }

    private string Write(string path, string content)
    {
        var full = _root.File(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, content);
        return full;
    }

    private sealed class Throws : IDoctorCheck
    {
        public string Name => "throws";

        public Task<IReadOnlyList<HealthFinding>> LookAsync(CancellationToken cancellationToken) =>
            throw new InvalidOperationException("?");
    }

    [Fact]
    public async Task Doctor_OneCheckThrows_IsAFindingAndTheOthersRun()
    {
        var findings = await new Doctor([new Throws(), new ConfigurationCheck(Scene())])
            .ExamineAsync(TestContext.Current.CancellationToken);
        Assert.Equal([("throws", HealthSeverity.Failure), ("configuration", HealthSeverity.Good)],
            findings.Select(f => (f.Check, f.Finding.Severity)));
    }

    [Fact]
    public void Checks_HaveNamesThatFitTheTable() =>
        Assert.All(DoctorChecks.For(Scene()), c => Assert.InRange(c.Name.Length, 1, Doctor.MaxName));

    [Theory]
    [InlineData(10_000, 5000, "Good,Good", 0)]
    [InlineData(100, 5000, "Warning,Good", 1)]
    [InlineData(0, 5000, "Failure,Good", 1)]
    [InlineData(10_000, 10, "Good,Warning", 1)]
    [InlineData(10_000, 0, "Good,Failure", 1)]
    public void Disk_BytesAndFiles_AreJudgedApart(long megabytes, long files, string severities, int withReason)
    {
        var room = new FileSystemRoom(megabytes * 1_000_000, 1L << 40, files, 100_000, false);
        var findings = DiskCheck.Judge("/x", room, 256 << 20).ToList();
        Assert.Equal(severities, string.Join(',', findings.Select(f => f.Severity)));
        Assert.InRange(findings.Count(f => f.Remedy is not null), withReason, 2);
        Assert.Single(DiskCheck.Judge("/x", new FileSystemRoom(1L << 40, 1L << 40, 0, 0, false), 0)); // no bound on files
    }

    [Fact]
    public void Disk_OfThisMachine_IsRead()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("statvfs is read on Linux only");
        var room = FileSystemRoom.Of(_root.Path)!;
        Assert.InRange(room.FreeBytes, 1, room.TotalBytes);
        var drive = new DriveInfo(_root.Path);
        Assert.Equal(drive.TotalSize, room.TotalBytes);
        Assert.False(room.IsReadOnly);
        Assert.Null(FileSystemRoom.Of(_root.File("missing")));
    }

    [Theory]
    [InlineData(0, nameof(HealthSeverity.Good), "kept by a time service")]
    [InlineData(-365, nameof(HealthSeverity.Failure), "was written later")]
    [InlineData(365, nameof(HealthSeverity.Warning), "wrote last on")]
    public async Task Clock_JumpsAYear_IsSeenByTheFiles(int days, string severity, string words)
    {
        Write("run/systemd/timesync/synchronized", "");
        Write("state/business.db", "x");
        // the program's files are not older than the state: without a younger program only the state can tell
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow.AddDays(days));
        File.SetLastWriteTimeUtc(_root.File("state/business.db"), days < 0 ? DateTime.UtcNow.AddDays(1) : DateTime.UtcNow);
        var finding = await OneAsync(new ClockCheck(Scene(clock: clock)));
        Assert.Equal(severity, finding.Severity.ToString());
        if (days >= 0) Assert.Contains(words, finding.Found, StringComparison.Ordinal);
        Assert.Equal(severity != nameof(HealthSeverity.Good), finding.Remedy?.Contains("timedatectl", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task Permissions_SecretOfEverybody_IsAFailureWithItsCommand()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("needs Unix file modes");
        var secret = Write("password", "x");
        var scene = Scene(s => s with { Mqtt = s.Mqtt with { PasswordFile = secret } });
        Mode(scene.Settings.StateDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Mode(secret, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Equal(HealthSeverity.Good, (await OneAsync(new PermissionCheck(scene))).Severity);
        Mode(secret, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Assert.Equal(HealthSeverity.Warning, (await OneAsync(new PermissionCheck(scene))).Severity);
        Mode(secret, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        var finding = await OneAsync(new PermissionCheck(scene));
        Assert.Equal((HealthSeverity.Failure, $"sudo chmod 600 {secret}"), (finding.Severity, finding.Remedy));
        Mode(secret, UnixFileMode.UserRead);
        var keys = Directory.CreateDirectory(_root.File("keys")).FullName;
        Mode(keys, UnixFileMode.UserRead | UnixFileMode.OtherWrite);
        Assert.Equal(HealthSeverity.Failure, (await OneAsync(new PermissionCheck(scene))).Severity);
    }

    [Theory]
    [InlineData(null, false, nameof(HealthSeverity.Skipped))]
    [InlineData(null, true, nameof(HealthSeverity.Warning))]
    [InlineData("pmode:0000 fmode:quiet", true, nameof(HealthSeverity.Good))]
    [InlineData("pmode:0003 fmode:quiet", true, nameof(HealthSeverity.Warning))]
    public async Task PowerMode_OnAJetson_IsJudged(string? status, bool isJetson, string severity)
    {
        if (isJetson) Write("usr/sbin/nvpmodel", "");
        if (status is not null) Write("var/lib/nvpmodel/status", status);
        Assert.Equal(severity, (await OneAsync(new PowerModeCheck(Scene()))).Severity.ToString());
    }

    [Theory]
    [InlineData("Uid:\t900\t900\nGroups:\t44 105 \n", nameof(HealthSeverity.Good))]
    [InlineData("Uid:\t900\t900\nGroups:\t44 \n", nameof(HealthSeverity.Failure))]
    [InlineData("Uid:\t0\t0\nGroups:\t \n", nameof(HealthSeverity.Good))]
    public async Task Groups_OfTheRunningAgent_MustOpenTheGpu(string status, string severity)
    {
        var scene = Scene();
        Assert.Equal(HealthSeverity.Skipped, (await OneAsync(new GroupCheck(scene))).Severity);
        Write("dev/nvmap", "");
        Assert.Equal(HealthSeverity.Skipped, (await OneAsync(new GroupCheck(scene))).Severity);
        using var held = DirectoryLock.Take(scene.Settings.StateDirectory);
        Write($"proc/{Environment.ProcessId}/status", status);
        Write("etc/group", "root:x:0:\nvideo:x:44:\nrender:x:105:\n");
        Assert.Equal(severity, (await OneAsync(new GroupCheck(scene))).Severity.ToString());
    }

    [Fact]
    public async Task LastUpdate_Failed_SaysItsReason()
    {
        var scene = Scene();
        Assert.Equal(HealthSeverity.Good, (await OneAsync(new UpdateCheck(scene))).Severity);
        using (var journal = new UpdateJournal(scene.Settings.JournalPath))
        {
            journal.Add(new UpdateRecord("u1", new UpdateCommand { Bundle = new string('2', 64) }, UpdateState.Failed)
            {
                Reason = UpdateReasons.SigInvalid,
                Detail = "expected a trusted key; found none"
            });
            // beside an agent that holds the journal
            var finding = await OneAsync(new UpdateCheck(scene));
            Assert.Equal(HealthSeverity.Warning, finding.Severity);
            Assert.Contains("u1: Failed, SIG_INVALID (expected a trusted key", finding.Found, StringComparison.Ordinal);
        }
        await File.WriteAllTextAsync(scene.Settings.JournalPath, "noise", TestContext.Current.CancellationToken);
        Assert.Contains("damaged", (await OneAsync(new UpdateCheck(scene))).Found, StringComparison.Ordinal);
        Assert.Equal("noise", await File.ReadAllTextAsync(scene.Settings.JournalPath, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("""{"online":true,"model":"cell","version":"1","provider":"Cpu","agent":"0.1.0"}""", nameof(HealthSeverity.Good))]
    [InlineData("""{"online":false}""", nameof(HealthSeverity.Failure))]
    [InlineData("garbage", nameof(HealthSeverity.Warning))]
    public void Agent_StateTopic_IsJudged(string state, string severity) =>
        Assert.Equal(severity, RunningAgentCheck.Judge(state).Severity.ToString());

    [Fact]
    public async Task Prepared_SealBroken_NamesTheFolder()
    {
        var scene = Scene();
        Assert.Equal(HealthSeverity.Good, (await OneAsync(new PreparedCheck(scene))).Severity);
        var store = new PreparedStore(scene.Settings.PreparedPath, TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        var key = new PreparedKey("w", "g", "r", "f", "p", "o");
        File.WriteAllText(Path.Combine(store.Begin(key)!, PreparedStore.GraphFile), "graph");
        store.Commit(key);
        Assert.Equal("1 sealed", (await OneAsync(new PreparedCheck(scene))).Found);
        var folder = Assert.Single(Directory.GetDirectories(scene.Settings.PreparedPath));
        File.AppendAllText(Path.Combine(folder, PreparedStore.GraphFile), "!");
        var finding = await OneAsync(new PreparedCheck(scene));
        Assert.Equal((HealthSeverity.Warning, $"sudo rm -r {folder}"), (finding.Severity, finding.Remedy));
    }

    [Fact]
    public async Task Signature_UnsignedStudent_FailsWhereItIsRequired()
    {
        var copy = Directory.CreateDirectory(_root.File("student")).FullName;
        foreach (var file in Directory.GetFiles(Bundled)) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        File.Delete(Path.Combine(copy, Bundle.SignatureFileName));
        AgentSettings With(AgentSettings s, bool isRequired) => s with
        {
            Student = s.Student with { Model = copy },
            Bundles = new BundleOptions { RequireSignature = isRequired }
        };
        Assert.Equal(HealthSeverity.Failure, (await LookAsync(new SignatureCheck(Scene(s => With(s, true)))))[0].Severity);
        Assert.Equal(HealthSeverity.Warning, (await LookAsync(new SignatureCheck(Scene(s => With(s, false)))))[0].Severity);
        // the student that came with the agent is signed; without keys the device takes no updates
        var findings = await LookAsync(new SignatureCheck(Scene()));
        Assert.Equal([HealthSeverity.Good, HealthSeverity.Warning], findings.Select(f => f.Severity));
    }

    [Theory]
    [InlineData(200, nameof(HealthSeverity.Good))]
    [InlineData(10, nameof(HealthSeverity.Warning))]
    [InlineData(-1, nameof(HealthSeverity.Failure))]
    public async Task Certificates_EndSoon_AreSaid(int days, string severity)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=d1", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-400), DateTimeOffset.UtcNow.AddDays(days));
        var file = Write("device.pem", certificate.ExportCertificatePem());
        var finding = await OneAsync(new CertificateCheck(Scene(s => s with { Mqtt = s.Mqtt with { CertificateFile = file } })));
        Assert.Equal(severity, finding.Severity.ToString());
        Assert.Equal(severity != nameof(HealthSeverity.Good), finding.Remedy is not null);
        Assert.Equal(HealthSeverity.Skipped, (await OneAsync(new CertificateCheck(Scene()))).Severity);
        var broken = Write("broken.pem", "nothing");
        Assert.Equal(HealthSeverity.Failure,
            (await OneAsync(new CertificateCheck(Scene(s => s with { Mqtt = s.Mqtt with { CertificateFile = broken } })))).Severity);
    }

    [Fact]
    public async Task Broker_AwayAndThere_IsSaidWithWhatToDo()
    {
        var broker = await EmbeddedBroker.StartAsync(System.Net.IPEndPoint.Parse("127.0.0.1:0"), 1 << 20);
        var url = string.Create(CultureInfo.InvariantCulture, $"mqtt://127.0.0.1:{broker.EndPoint.Port}");
        var scene = Scene(s => s with { Mqtt = s.Mqtt with { Broker = url } });
        Assert.Contains("takes the login", (await OneAsync(new BrokerReachCheck(scene))).Found, StringComparison.Ordinal);
        using (DirectoryLock.Take(scene.Settings.StateDirectory)) // its session must not be taken over
            Assert.Contains("keeps the login", (await OneAsync(new BrokerReachCheck(scene))).Found, StringComparison.Ordinal);
        await broker.DisposeAsync();
        var finding = await OneAsync(new BrokerReachCheck(scene));
        Assert.Equal(HealthSeverity.Failure, finding.Severity);
        Assert.Contains("nothing listens on port", finding.Found, StringComparison.Ordinal);
        Assert.StartsWith("start the broker", finding.Remedy, StringComparison.Ordinal);
        Assert.NotNull(finding.Why);
        Assert.Equal(HealthSeverity.Skipped, (await OneAsync(new BrokerReachCheck(Scene()))).Severity);
    }

    [Theory]
    [InlineData(0, "{}", nameof(HealthSeverity.Good), "computes what the CPU does")]
    [InlineData(3, """{"error":{"message":"no such symbol"}}""", "Failure",
        "the library cannot be loaded (no such symbol)")]
    [InlineData(6, "old text", nameof(HealthSeverity.Failure), "does not give the memory (old text)")]
    public async Task EpProbe_IsThere_SaysWhatItFound(int code, string output, string severity, string words)
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("needs a shell script");
        var probe = Write("ep-probe", $"#!/bin/sh\n[ \"$1\" = --library ] && [ -f \"$2\" ] || exit 2\necho '{output}'\nexit {code}\n");
        Mode(probe, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var finding = await OneAsync(new EpProbeCheck(Scene() with { EpProbe = probe }));
        Assert.Equal(severity, finding.Severity.ToString());
        Assert.Contains(words, finding.Found, StringComparison.Ordinal);
        Assert.Equal(HealthSeverity.Failure, (await OneAsync(new EpProbeCheck(Scene() with { EpProbe = _root.File("none") }))).Severity);
    }

    [Theory]
    [InlineData("10.16.2", "tensorrt")]
    [InlineData("10.3.0", "tensorrt-10.3")]
    [InlineData("8.6.1", "none: 10.3 or later is needed")]
    public void Provider_TensorRtVersion_HasItsForm(string version, string form) =>
        Assert.Equal(form, ProviderCheck.FormFor(Version.Parse(version)));

    [Fact]
    public async Task Memory_StudentThatDoesNotFit_IsAFailure()
    {
        Assert.Equal(HealthSeverity.Good, (await OneAsync(new MemoryCheck(Scene()))).Severity);
        var finding = await OneAsync(new MemoryCheck(Scene(s => s with { Student = s.Student with { Rows = 64, CacheLimit = 1 } })));
        Assert.Equal(HealthSeverity.Failure, finding.Severity);
        Assert.Contains("Student:CacheLimit", finding.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void Table_LongFindings_FitEightyColumnsAndCommandsStayWhole()
    {
        const string command = "edge-agent model sign key --private-key KEY.pem --signature /var/lib/edge-agent/models/a/model.sig DIR";
        DoctorFinding[] findings =
        [
            new("signature", new HealthFinding(HealthSeverity.Failure, string.Join(' ', Enumerable.Repeat("word", 60)), command)
            { Why = string.Join(' ', Enumerable.Repeat("reason", 30)) }),
            new("disk", new HealthFinding(HealthSeverity.Good, "room")),
        ];
        var lines = DoctorTable.Lines(findings).ToList();
        Assert.All(lines.Where(l => !l.Contains(command, StringComparison.Ordinal)), l => Assert.InRange(l.Length, 1, 80));
        Assert.Single(lines, l => l.EndsWith($"do {command}", StringComparison.Ordinal));
        Assert.Equal("1 failures, 0 warnings, 1 good, 0 not looked at", lines[^1]);
    }
}
