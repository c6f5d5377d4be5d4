namespace EdgeAgent.Telemetry;

/// <summary>Where business figures are stored. One caller at a time. Members throw SqliteException where the disk refuses.</summary>
internal interface IBusinessStore : IDisposable
{
    /// <summary>Where a damaged database was moved; null where none was.</summary>
    string? QuarantinedPath { get; }

    /// <summary>Why nothing can be stored at present; null where all is well.</summary>
    string? Problem { get; }

    /// <summary>Adds counts and ratings and drops what is older than an hour, in one transaction.</summary>
    void Add(BusinessCounts counts, long oldestHour);

    /// <summary>Counts from an hour on whose names begin with a prefix.</summary>
    IReadOnlyList<(long Hour, string Name, double Value)> Read(long firstHour, string prefix);
}
