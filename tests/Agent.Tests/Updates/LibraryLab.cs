using System.Security.Cryptography;
using EdgeAgent.Bundles.Slots;
using EdgeAgent.Fleet;
using EdgeAgent.Hosting;
using EdgeAgent.Knowledge;
using EdgeAgent.Knowledge.Reading;
using EdgeAgent.Knowledge.Storage;
using EdgeAgent.Privacy;
using EdgeAgent.Updates;
using EdgeAgent.Updates.Sources;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Updates;

/// <summary>A device's state on disk whose library is updated: all is real but the network and the time that a trial takes.</summary>
internal sealed class LibraryLab : IDisposable
{
    private static readonly Desensitizer Desensitizer = Desensitizer.Create(new PrivacyOptions());
    private readonly TemporaryDirectory _root = new();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public LibraryLab()
    {
        Directory.CreateDirectory(_root.File("keys"));
        File.WriteAllText(Path.Combine(_root.File("keys"), "test.pem"), _key.ExportSubjectPublicKeyInfoPem());
        Reopen();
    }

    public SlotStore Slots { get; private set; } = null!;
    public UpdateJournal Journal { get; private set; } = null!;
    public Manuals Manuals { get; private set; } = null!;
    public UpdateLoop Runner { get; private set; } = null!;
    public UpdateOptions Options { get; init; } = new() { SpaceMarginBytes = 0, TrialDuration = TimeSpan.Zero, Canary = 1 };

    /// <summary>Where bundles come from; <see cref="RunAsync"/> sets it.</summary>
    public Func<IChunkSource> Source { get; set; } = () => throw new InvalidOperationException("no source");

    /// <summary>What a restart does: everything is read from disk again.</summary>
    public void Reopen()
    {
        Journal?.Dispose();
        Slots = new SlotStore(_root.File("libraries"), kind: LibraryArtefact.Kind);
        Journal = new UpdateJournal(Path.Combine(_root.File("updates"), "libraries.log"));
        Manuals = new Manuals(new KnowledgeOptions());
        if (Slots.Serving is { } serving) Manuals.Serve(LibraryArtefact.Open(Slots.PathOf(serving.Slot)));
        var clock = TimeProvider.System;
        var context = new UpdateContext(Options, Slots, Journal, new KeyRing(_root.File("keys"), _root.File("keys.log"), clock), clock,
            new Random(1));
        Runner = new UpdateLoop(context, new UpdateHost(new LibraryTrials(Manuals, Slots, "", Options.ToTrialLimits(), clock),
            new LibraryProbe(new KnowledgeOptions()), () => Admission.Open, (_, _) => Source()), new RecordingReporter(),
            NullLogger.Instance);
    }

    /// <summary>A signed library of documents: a name and its sentences.</summary>
    public (string Directory, string Id) Library(string name, long release, Dictionary<string, string[]> documents,
        Action<string>? change = null, Action<string>? after = null)
    {
        var library = new LibraryDirectory(_root.File(name));
        foreach (var (id, sentences) in documents)
            library.Add(id, System.Text.Encoding.UTF8.GetBytes(string.Join(' ', sentences)), new DocumentText(id, 0,
                [.. sentences.Select(s => new Block(BlockKind.Text, s, null))], []), DateTimeOffset.FromUnixTimeSeconds(release));
        change?.Invoke(library.Path);
        BundleSigner.Sign(library.Path, _key, LibraryArtefact.Kind);
        after?.Invoke(library.Path);
        return (library.Path, BundleId.Of(library.Path)!);
    }

    /// <summary>Commands a library and steps until the update has ended or waits.</summary>
    public async Task<UpdateRecord> RunAsync(string id, (string Directory, string Id) library)
    {
        Source = () => new DirectoryChunkSource(library.Directory);
        await Runner.CommandAsync(id, new UpdateCommand { Bundle = library.Id });
        return await ContinueAsync(id);
    }

    public async Task<UpdateRecord> ContinueAsync(string id)
    {
        for (var step = 0; step < 200 && Journal.Find(id) is { IsOver: false }; step++)
            if (await Runner.StepAsync(TestContext.Current.CancellationToken) is var wait
                && (wait is null || wait > TimeSpan.FromSeconds(0.5))) break;
        return Journal.Find(id)!;
    }

    /// <summary>What the served library says.</summary>
    public string Answer(string question) => Manuals.Look(question, Desensitizer.Scrub(question)).Extract().Text;

    public void Dispose()
    {
        Journal.Dispose();
        _key.Dispose();
        _root.Dispose();
    }
}
