namespace EdgeAgent.Updates;

/// <summary>Loads a bundle in a process of its own, asks it the golden prompts and measures.</summary>
internal interface IBundleProbe
{
    /// <param name="directory">The bundle.</param>
    /// <param name="golden">File of golden prompts; null for the bundle's own.</param>
    Task<ProbeReport> ProbeAsync(string directory, string? golden, CancellationToken cancellationToken);
}
