using System.Security.Cryptography;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Bundles.Slots;
using EdgeAgent.Platform;
using EdgeAgent.Serving;
using EdgeAgent.Tests.Bundles;
using EdgeAgent.Updates;
using EdgeAgent.Updates.Sources;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Updates;

/// <summary>A device's state on disk, a signing key it trusts, and signed tiny bundles; its student and its probe are stand-ins.</summary>
internal sealed class UpdateLab : IDisposable
{
    public const int Shard = 4096;
    private static readonly Lazy<string> Template = new(() =>
    {
        var directory = Directory.CreateTempSubdirectory("edge-agent-tiny-").FullName;
        using (TinyStudent.Import(directory, "rtn")) { }
        return Path.Combine(directory, "bundle");
    });

    private readonly string _root;

    /// <param name="key">The signing key; null makes one.</param>
    /// <param name="root">Where its disk is; null makes a folder. What is there already is what a restart finds.</param>
    public UpdateLab(ECDsa? key = null, string? root = null)
    {
        Key = key ?? ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _ownsKey = key is null;
        // fast where memory serves as disk: the tests cut the power by themselves
        _ownsRoot = root is null;
        _root = root
            ?? (Directory.Exists("/dev/shm")
                ? Directory.CreateDirectory(Path.Combine("/dev/shm", $"edge-agent-test-{Guid.NewGuid():N}")).FullName
                : Directory.CreateTempSubdirectory("edge-agent-test-").FullName);
        Directory.CreateDirectory(KeysPath);
        if (!File.Exists(Path.Combine(KeysPath, "test.pem")))
            File.WriteAllText(Path.Combine(KeysPath, "test.pem"), Key.ExportSubjectPublicKeyInfoPem());
        Factory = Directory.Exists(Path.Combine(_root, "factory"))
            ? Path.Combine(_root, "factory") : CopyTemplate("factory", release: 1, seed: 0);
        Reopen();
    }

    private readonly bool _ownsKey, _ownsRoot;

    public ECDsa Key { get; }
    public string KeysPath => Path.Combine(_root, "keys");

    /// <summary>The student the device came with: not signed, not in a slot.</summary>
    public string Factory { get; }

    public SlotStore Slots { get; private set; } = null!;
    public UpdateJournal Journal { get; private set; } = null!;
    public FakeHost Host { get; private set; } = null!;
    /// <summary>Runs trials instead of the stand-in.</summary>
    public ITrialController? RealHost { get; set; }

    public RecordingReporter View { get; } = new();

    /// <summary>Takes the reports instead of <see cref="View"/>.</summary>
    public IUpdateReporter? Reporter { get; set; }

    public FakeProbe Probe { get; } = new();
    /// <summary>Builds engines; null where no GPU needs any. Takes effect with <see cref="Reopen"/>.</summary>
    public IEngineBuilder? Engines { get; set; }

    public UpdateLoop Runner { get; private set; } = null!;

    /// <summary>The loop's sign of life.</summary>
    public LoopPulse Pulse { get; private set; } = null!;

    public UpdateOptions Options { get; set; } = new() { SpaceMarginBytes = 0 };
    public Func<Admission> Admission { get; set; } = () => EdgeAgent.Updates.Admission.Open;
    public Func<UpdateCommand, BandwidthLimiter, IChunkSource>? Sources { get; set; }
    public TimeProvider Clock { get; set; } = TimeProvider.System;
    public string Source { get; set; } = "";

    /// <summary>What a restart does: everything is read from disk again.</summary>
    public void Reopen()
    {
        Journal?.Dispose();
        Slots = new SlotStore(Path.Combine(_root, "models"));
        Journal = new UpdateJournal(Path.Combine(_root, "updates", "journal.log"));
        Host = new FakeHost(Slots, Factory);
        Probe.Serving = () => Host.ServingDirectory;
        var context = new UpdateContext(Options, Slots, Journal, Keys, Clock, new Random(1));
        Pulse = context.Pulse;
        Runner = new UpdateLoop(context,
            new UpdateHost(RealHost ?? Host, Probe, () => Admission(), (c, p) => Sources?.Invoke(c, p) ?? new DirectoryChunkSource(Source))
            {
                Engines = Engines,
            },
            Reporter ?? View, NullLogger.Instance);
    }

    public KeyRing Keys => new(KeysPath, Path.Combine(_root, "updates", "keys.log"), Clock);

    public string CopyTemplate(string name, long release, int seed)
    {
        var directory = Directory.CreateDirectory(Path.Combine(_root, name)).FullName;
        foreach (var file in Directory.GetFiles(Template.Value))
            File.Copy(file, Path.Combine(directory, Path.GetFileName(file)), overwrite: true);
        (StudentManifest.Load(directory) with { Release = release, Version = $"1.0.{seed}" }).Save(directory);
        return directory;
    }

    /// <summary>A signed bundle; <paramref name="change"/> spoils it before it is signed, <paramref name="after"/> afterwards.</summary>
    public (string Directory,
        string Id) Bundle(string name, long release = 2, int seed = 1, Action<string>? change = null, Action<string>? after = null,
            ECDsa? key = null, long? shard = Shard)
    {
        var directory = CopyTemplate(name, release, seed);
        change?.Invoke(directory);
        ModelSigner.SignWithKey(directory, Path.Combine(directory, EdgeAgent.Bundles.Bundle.SignatureFileName), key ?? Key,
            new SignOptions { ShardSize = shard });
        after?.Invoke(directory);
        return (directory, BundleId.Of(directory)!);
    }

    /// <summary>Commands a bundle and steps until the update has ended or waits.</summary>
    public async Task<UpdateRecord> RunAsync(string id, string directory, string bundle, Func<UpdateCommand, UpdateCommand>? change = null)
    {
        Source = directory;
        var command = new UpdateCommand { Bundle = bundle };
        await Runner.CommandAsync(id, change?.Invoke(command) ?? command);
        return await ContinueAsync(id);
    }

    public async Task<UpdateRecord> ContinueAsync(string id)
    {
        for (var step = 0; step < 200 && Journal.Find(id) is { IsOver: false }; step++)
            if (await Runner.StepAsync(TestContext.Current.CancellationToken) is var wait
                && (wait is null || wait > TimeSpan.FromSeconds(0.5))) break;
        return Journal.Find(id)!;
    }

    /// <summary>Waits until an update that a started loop carries through has ended. The caller bounds the wait.</summary>
    public async Task EndedAsync(string id)
    {
        while (Journal.Find(id) is not { IsOver: true }) await Task.Delay(20, TestContext.Current.CancellationToken);
    }

    /// <summary>What serves can be opened, and is one of the two whole.</summary>
    public void AssertServes()
    {
        using var bundle = EdgeAgent.Bundles.Bundle.Open(Host.ServingDirectory);
        if (Slots.Serving is { } serving)
        {
            Assert.Equal(serving.Bundle, BundleId.Of(Host.ServingDirectory));
            ModelVerifier.VerifyWithKey(Host.ServingDirectory,
                Path.Combine(Host.ServingDirectory, EdgeAgent.Bundles.Bundle.SignatureFileName), Key.ExportSubjectPublicKeyInfoPem(),
                new VerifyOptions());
        }
    }

    public void Dispose()
    {
        Journal.Dispose();
        if (_ownsKey) Key.Dispose();
        if (_ownsRoot) Directory.Delete(_root, recursive: true);
    }
}

internal sealed class FakeProbe : IBundleProbe
{
    public Func<string> Serving { get; set; } = () => "";
    public ProbeReport Candidate { get; set; } = new() { Golden = 10, GoldenRight = 10, TokensPerSecond = 100, PeakMegabytes = 100 };
    public ProbeReport Incumbent { get; set; } = new() { Golden = 10, GoldenRight = 10, TokensPerSecond = 100, PeakMegabytes = 100 };

    public Task<ProbeReport> ProbeAsync(string directory, string? golden, CancellationToken cancellationToken) =>
        Task.FromResult(directory == Serving() ? Incumbent : Candidate);
}

internal sealed class FakeHost(SlotStore slots, string factory) : ITrialController
{
    public string ServingDirectory => slots.Serving is { } serving ? slots.PathOf(serving.Slot) : factory;
    public long ServingRelease => StudentManifest.Load(ServingDirectory).Release;
    public string? OnTrial { get; private set; }
    public TrialVerdict Next { get; set; } = TrialVerdict.Healthy;
    public Exception? OnStart { get; set; }
    public Exception? OnPromote { get; set; }
    public int Starts { get; private set; }
    public TrialVerdict Verdict => OnTrial is null ? TrialVerdict.NotRunning : Next;

    public Task StartTrialAsync(string directory, double share, CancellationToken cancellationToken)
    {
        Starts++;
        if (OnStart is not null) throw OnStart;
        using (Bundle.Open(directory)) OnTrial = directory;
        return Task.CompletedTask;
    }

    public Task PromoteAsync(string directory, CancellationToken cancellationToken)
    {
        if (OnPromote is not null) throw OnPromote;
        OnTrial = null;
        return Task.CompletedTask;
    }

    public Task EndTrialAsync()
    {
        OnTrial = null;
        return Task.CompletedTask;
    }
}

/// <summary>Keeps every state that was reported, in its order.</summary>
internal sealed class RecordingReporter : IUpdateReporter
{
    public List<UpdateRecord> Shown { get; } = [];

    public List<ModelView> Models { get; } = [];

    public Action<UpdateRecord>? OnReport { get; set; }

    public void Report(UpdateRecord record)
    {
        Shown.Add(record);
        OnReport?.Invoke(record);
    }

    public void Report(ModelView model) => Models.Add(model);
}
