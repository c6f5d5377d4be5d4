using EdgeAgent.Bundles.Slots;
using EdgeAgent.Knowledge;
using EdgeAgent.Serving;

namespace EdgeAgent.Hosting;

/// <summary>Runs a library on trial beside the one that serves, and switches between them.</summary>
/// <param name="configured">Directory of the library that is configured; empty without one.</param>
internal sealed class LibraryTrials(Manuals manuals, SlotStore slots, string configured, TrialLimits limits, TimeProvider clock)
    : ITrialController
{
    private const string NoDirectory = "none";

    private long _began;

    public string ServingDirectory => slots.Serving is { } serving ? slots.PathOf(serving.Slot)
        : configured.Length > 0 ? configured : slots.PathOf(NoDirectory);

    /// <summary>A library that was made on the device has no release that others can be compared with.</summary>
    public long ServingRelease => slots.Serving?.Release ?? 0;

    public TrialVerdict Verdict => manuals.Trial is not { } trial ? TrialVerdict.NotRunning
        : trial.Failed > 0 ? TrialVerdict.Failing
        : trial.Answered >= limits.Queries || clock.GetElapsedTime(_began) >= limits.Duration ? TrialVerdict.Healthy
        : TrialVerdict.Running;

    public async Task StartTrialAsync(string directory, double share, CancellationToken cancellationToken)
    {
        if (manuals.Trial is not null) return;
        var library = await Task.Run(() => LibraryArtefact.Open(directory), cancellationToken).ConfigureAwait(false);
        _began = clock.GetTimestamp();
        manuals.BeginTrial(library, share);
    }

    public async Task PromoteAsync(string directory, CancellationToken cancellationToken)
    {
        var library = manuals.Trial?.Library.Whole
            ?? await Task.Run(() => LibraryArtefact.Open(directory), cancellationToken).ConfigureAwait(false);
        if (library.Documents is [var first, ..]) library.Find(first.Title, 1); // it must answer before it serves
        manuals.Serve(library);
    }

    public Task EndTrialAsync()
    {
        manuals.EndTrial();
        return Task.CompletedTask;
    }
}
