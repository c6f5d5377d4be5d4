using EdgeAgent.Bundles.Slots;

namespace EdgeAgent.Updates;

/// <summary>Loads a bundle in a process of its own, asks it and measures.</summary>
internal interface IBundleProbe
{
    /// <param name="golden">File of golden prompts; null for the bundle's own.</param>
    Task<ProbeReport> ProbeAsync(string directory, string? golden, CancellationToken cancellationToken);
}

/// <summary>What serves queries: runs a trial beside the incumbent, and switches.</summary>
internal interface ITrialController
{
    /// <summary>Directory of the student that serves.</summary>
    string ServingDirectory { get; }

    long ServingRelease { get; }

    /// <summary>Loads the bundle and lets it answer a share of the queries.</summary>
    Task StartTrialAsync(string directory, double share, CancellationToken cancellationToken);

    TrialVerdict Verdict { get; }

    /// <summary>
    /// New queries go to the student on trial (or to the one in the directory, if there is no trial); running ones end where they
    /// began. Returns when it has answered.
    /// </summary>
    Task PromoteAsync(string directory, CancellationToken cancellationToken);

    /// <summary>Takes the student on trial out.</summary>
    Task EndTrialAsync();
}

/// <summary>Where the state of updates is shown.</summary>
internal interface IUpdateView
{
    Task ShowAsync(UpdateRecord record);

    /// <summary>What is installed and on trial.</summary>
    Task ShowModelAsync(SlotStore slots, UpdateRecord? newest);
}

/// <summary>Where a bundle's parts come from.</summary>
internal interface IChunkSource : IAsyncDisposable
{
    /// <summary>The content of model.sig.</summary>
    Task<byte[]> ManifestAsync(CancellationToken cancellationToken);

    /// <summary>Chunks as they come, asked for or not; ends when nothing is missing.</summary>
    IAsyncEnumerable<(int Chunk, ReadOnlyMemory<byte> Content)> ChunksAsync(IncomingBundle incoming, CancellationToken cancellationToken);
}
