namespace EdgeAgent.Hosting;

/// <summary>Which bundles may be loaded.</summary>
internal sealed record BundleOptions
{
    /// <summary>
    /// Loads a student only where a key of <c>Updates:Keys</c> signed its bundle, at every start and restart; without one the device
    /// serves stored answers. The student that comes with the agent is signed by a key in the package. <c>enrol</c> switches it on where
    /// keys are there.
    /// </summary>
    public bool RequireSignature { get; init; }
}
