using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Slots;
using EdgeAgent.Platform;
using EdgeAgent.Serving;
using EdgeAgent.Updates;
using EdgeAgent.Updates.Sources;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Hosting;

/// <summary>
/// Installs a bundle from a directory while the service is down: the same verifier, quality gate, trial and commit as over the air.
/// </summary>
internal static class OfflineInstaller
{
    /// <returns>The update's last record.</returns>
    /// <exception cref="ModelFileException">The directory holds no signed bundle.</exception>
    /// <exception cref="IOException">The service runs, or the installation waits for something that will not come.</exception>
    public static async Task<UpdateRecord> InstallAsync(string source, AgentSettings settings, IUpdateReporter reporter,
        TimeProvider clock, CancellationToken cancellationToken)
    {
        var bundle = BundleId.Of(source)
            ?? throw new ModelFileException(Path.Combine(source, Bundle.SignatureFileName), "a signed bundle", "no such file");
        using var journal = OpenJournal(settings.JournalPath);
        var loop = Loop(source, settings, journal, reporter, clock);
        await using (loop.ConfigureAwait(false))
        {
            var id = $"install-{Identifiers.New(clock)}";
            await loop.CommandAsync(id, new UpdateCommand { Bundle = bundle }).ConfigureAwait(false);
            while (journal.Find(id) is { IsOver: false })
            {
                cancellationToken.ThrowIfCancellationRequested();
                await loop.StepAsync(cancellationToken).ConfigureAwait(false);
                if (journal.Find(id) is { NextRetry: not null } waiting)
                    throw new IOException($"the installation cannot go on: {waiting.Detail ?? waiting.Reason}");
            }
            return journal.Find(id)!;
        }
    }

    private static UpdateLoop Loop(string source, AgentSettings settings, UpdateJournal journal, IUpdateReporter reporter,
        TimeProvider clock)
    {
        var (options, slots) = (settings.Updates, new SlotStore(settings.SlotsPath));
        var context = new UpdateContext(options, slots, journal, new KeyRing(options.Keys, settings.KeyStatementsPath, clock), clock,
            new Random((int)Identifiers.Seed()));
        var students = ServedStudent.Options(settings, clock, NullLogger.Instance) with { PrefixDirectory = null };
        var host = new UpdateHost(new OfflineTrial(slots, settings.ModelDirectory, students, clock),
            ServedStudent.Probe(students, options.ProbeTimeout, clock),
            () => Admission.Open, (_, _) => new DirectoryChunkSource(source))
        {
            Engines = new ChildEngineBuilder(students, clock),
        };
        return new UpdateLoop(context, host, reporter, NullLogger.Instance);
    }

    private static UpdateJournal OpenJournal(string path)
    {
        try
        {
            return new UpdateJournal(path);
        }
        catch (IOException e)
        {
            throw new IOException(
                $"the journal '{path}' is in use: stop the service first, or send an update command over MQTT with the directory as its " +
                "url (file:///...)", e);
        }
    }
}
