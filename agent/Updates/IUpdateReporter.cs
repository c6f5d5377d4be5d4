namespace EdgeAgent.Updates;

/// <summary>
/// Takes the state of updates as it changes. Both methods return at once and never throw: an update does not wait for its report.
/// </summary>
internal interface IUpdateReporter
{
    /// <summary>The journal has this state.</summary>
    void Report(UpdateRecord record);

    /// <summary>What is installed or on trial may have changed.</summary>
    void Report(ModelView model);
}
