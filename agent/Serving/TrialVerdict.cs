namespace EdgeAgent.Serving;

/// <summary>How a trial goes.</summary>
internal enum TrialVerdict
{
    /// <summary>No student is on trial in this process.</summary>
    NotRunning,

    /// <summary>The trial needs more queries or more time.</summary>
    Running,

    /// <summary>The student answered enough queries without a failure.</summary>
    Healthy,

    /// <summary>A query to the student on trial failed.</summary>
    Failing,

    /// <summary>A query to the student on trial got no first word in time.</summary>
    Hanging,
}
