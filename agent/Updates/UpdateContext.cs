using EdgeAgent.Bundles.Slots;
using EdgeAgent.Platform;
using EdgeAgent.Serving;
using EdgeAgent.Updates.Sources;

namespace EdgeAgent.Updates;

/// <summary>What an update works on: settings, state on disk, time and chance.</summary>
internal sealed record UpdateContext(UpdateOptions Options, SlotStore Slots, UpdateJournal Journal, KeyRing Keys, TimeProvider Clock,
    Random Random)
{
    /// <summary>The update loop's sign of life; a step that takes long beats it on the way.</summary>
    public LoopPulse Pulse { get; } = new();
}

/// <summary>What an update needs of the device around it.</summary>
/// <param name="Trials">Serves queries and runs the trial.</param>
/// <param name="Probe">Measures a bundle for the quality gate.</param>
/// <param name="Admission">What the device allows now.</param>
/// <param name="Sources">Opens the source of a command's bundle.</param>
internal sealed record UpdateHost(ITrialController Trials, IBundleProbe Probe, Func<Admission> Admission,
    Func<UpdateCommand, BandwidthLimiter, IChunkSource> Sources)
{
    /// <summary>Builds what a GPU runs of a bundle; null where there is never anything to build.</summary>
    public IEngineBuilder? Engines { get; init; }
}
