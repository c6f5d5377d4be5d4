namespace EdgeAgent.Serving;

/// <summary>What came of a build.</summary>
/// <param name="IsNew">Whether there is an engine now that was not there before.</param>
/// <param name="Failure">Why there is none, in the builder's words; null where there is one, or where none is needed.</param>
internal sealed record EngineBuild(bool IsNew, string? Failure)
{
    /// <summary>Another form serves, or the engine is there already.</summary>
    public static readonly EngineBuild NotNeeded = new(false, null);
}

/// <summary>Builds what a GPU runs of a student, before the student serves and while another one does.</summary>
internal interface IEngineBuilder
{
    /// <param name="progress">Gets a line at each stage, and while one lasts.</param>
    /// <exception cref="Platform.ModelFileException">The directory holds no model.</exception>
    Task<EngineBuild> BuildAsync(string directory, Action<string> progress, CancellationToken cancellationToken);
}
