namespace EdgeAgent.Serving;

/// <summary>Runs a student on trial beside the incumbent, and switches between them.</summary>
internal interface ITrialController
{
    /// <summary>Directory of the student that serves.</summary>
    string ServingDirectory { get; }

    /// <summary>Release of the student that serves.</summary>
    long ServingRelease { get; }

    /// <summary>How the trial goes.</summary>
    TrialVerdict Verdict { get; }

    /// <summary>Loads the bundle and lets it answer a share of the queries. No-op while a trial runs.</summary>
    /// <param name="share">Share of new queries, 0..1.</param>
    Task StartTrialAsync(string directory, double share, CancellationToken cancellationToken);

    /// <summary>
    /// Sends new queries to the student on trial, or keeps the student in the directory if it serves already. Running answers end
    /// where they began. Returns once the student has answered a question; throws if it does not.
    /// </summary>
    Task PromoteAsync(string directory, CancellationToken cancellationToken);

    /// <summary>Takes the student on trial out of service. No-op without a trial.</summary>
    Task EndTrialAsync();
}
