using System.CommandLine;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Slots;
using EdgeAgent.Evaluation;
using EdgeAgent.Hosting;
using EdgeAgent.Platform;
using EdgeAgent.Serving;
using EdgeAgent.Updates;
using EdgeAgent.Updates.Sources;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Cli;

/// <summary>
/// <c>edge-agent model install DIR</c>: from a USB stick, through the same verifier, gate, trial and commit as over the air. The
/// service must not run: it owns the state directory.
/// </summary>
internal static class InstallCommand
{
    public static Command Create(TimeProvider clock)
    {
        var directory = new Argument<string>("DIR") { Description = "A signed bundle." };
        var config = new Option<string?>("--config") { Description = "Configuration file." };
        var state = new Option<string?>("--state") { Description = "State directory." };
        var keys = new Option<string?>("--keys") { Description = "Directory of the trusted public keys." };
        var command = new Command("install", "Install a bundle from a directory; the next start of the service serves it.") { directory,
            config, state, keys };
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(async () =>
        {
            var settings = AgentSettings.Load(result.GetValue(config),
                new Dictionary<string, string?> { ["StateDirectory"] = result.GetValue(state), ["Updates:Keys"] = result.GetValue(keys) });
            var source = result.GetRequiredValue(directory);
            var bundle = BundleId.Of(source)
                ?? throw new ModelFileException(Path.Combine(source, Bundle.SignatureFileName), "a signed bundle", "no such file");
            var slots = new SlotStore(settings.SlotsPath);
            using var journal = OpenJournal(settings.JournalPath);
            var host = new OfflineHost(slots, settings, clock);
            var keyRing = new KeyRing(settings.Updates.Keys, settings.KeyStatementsPath, clock);
            var probe = new ChildBundleProbe(settings.Updates.ProbeTimeout, clock);
            var runner = new UpdateLoop(
                new UpdateContext(settings.Updates, slots, journal, keyRing, clock, new Random((int)Identifiers.Seed())),
                new UpdateHost(host, probe, () => Admission.Open, (_, _) => new DirectoryChunkSource(source)), new ConsoleReporter(),
                NullLogger.Instance);
            await using (runner.ConfigureAwait(false))
            {
                var id = $"install-{Identifiers.New(clock)}";
                await runner.CommandAsync(id, new UpdateCommand { Bundle = bundle }).ConfigureAwait(false);
                while (journal.Find(id) is { IsOver: false })
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    await runner.StepAsync(cancellationToken).ConfigureAwait(false);
                    if (journal.Find(id) is { NextRetry: not null } waiting)
                        throw new IOException($"the installation cannot go on: {waiting.Detail ?? waiting.Reason}");
                }
                var end = journal.Find(id)!;
                Console.WriteLine($"{end.State} {end.Reason} {end.Detail}".TrimEnd());
                return end.State == UpdateState.Committed ? ExitCodes.Success : ExitCodes.Failure;
            }
        }));
        return command;
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
                $"the journal '{path}' is in use: stop the service first, or let a command over MQTT name the directory as its url " +
                $"(file:///...)", e);
        }
    }

    /// <summary>Prints every state on the error stream.</summary>
    private sealed class ConsoleReporter : IUpdateReporter
    {
        public void Report(UpdateRecord record) => Console.Error.WriteLine($"{record.State} {record.Reason}".TrimEnd());

        public void Report(ModelView model)
        {
            // the states say it
        }
    }

    /// <summary>Nobody asks while the service is down: the trial is that the student loads and answers in this process.</summary>
    private sealed class OfflineHost(SlotStore slots, AgentSettings settings, TimeProvider clock) : ITrialController
    {
        private string? _answered;

        public string ServingDirectory => slots.Serving is { } serving ? slots.PathOf(serving.Slot) : settings.ModelDirectory;

        public long ServingRelease => StudentManifest.Load(ServingDirectory).Release;

        public TrialVerdict Verdict => _answered is null ? TrialVerdict.NotRunning : TrialVerdict.Healthy;

        public async Task StartTrialAsync(string directory, double share, CancellationToken cancellationToken)
        {
            using var student = Student.Load(directory, settings.Student.ToOptions(), clock, NullLogger.Instance);
            using var client = new StudentChatClient(student);
            var answer =
                await client.GetResponseAsync([new Microsoft.Extensions.AI.ChatMessage(Microsoft.Extensions.AI.ChatRole.User, "?")],
                    new Microsoft.Extensions.AI.ChatOptions { MaxOutputTokens = 4 }, cancellationToken).ConfigureAwait(false);
            if (answer.FinishReason is null) throw new InferenceException("no answer");
            _answered = directory;
        }

        public Task PromoteAsync(string directory, CancellationToken cancellationToken) =>
            _answered == directory ? Task.CompletedTask : StartTrialAsync(directory, 1, cancellationToken);

        public Task EndTrialAsync() => Task.CompletedTask;
    }
}
