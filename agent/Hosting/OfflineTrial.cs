using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Slots;
using EdgeAgent.Serving;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Hosting;

/// <summary>
/// A trial while the service is down: no queries arrive, so the student passes when it loads and answers in this process.
/// </summary>
/// <param name="first">The student the device came with, where none is installed.</param>
internal sealed class OfflineTrial(SlotStore slots, string first, StudentOptions students, TimeProvider clock) : ITrialController
{
    private string? _answered;

    public string ServingDirectory => slots.Serving is { } serving ? slots.PathOf(serving.Slot) : first;

    public long ServingRelease => StudentManifest.Load(ServingDirectory).Release;

    public TrialVerdict Verdict => _answered is null ? TrialVerdict.NotRunning : TrialVerdict.Healthy;

    public async Task StartTrialAsync(string directory, double share, CancellationToken cancellationToken)
    {
        using var student = await WarmUp.LoadAsync(directory, students, clock, NullLogger.Instance, cancellationToken)
            .ConfigureAwait(false);
        _answered = directory;
    }

    public Task PromoteAsync(string directory, CancellationToken cancellationToken) =>
        _answered == directory ? Task.CompletedTask : StartTrialAsync(directory, share: 1, cancellationToken);

    public Task EndTrialAsync() => Task.CompletedTask;
}
