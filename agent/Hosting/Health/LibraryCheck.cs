using EdgeAgent.Knowledge;

namespace EdgeAgent.Hosting.Health;

/// <summary>Whether the plant's documents are loaded, all of them.</summary>
internal sealed class LibraryCheck(Optional<Manuals> manuals) : IHealthCheck
{
    public string Name => "manuals";

    public HealthFinding Check()
    {
        if (manuals.Value is not { IsInUse: true } asked)
            return new HealthFinding(HealthSeverity.Good, "no library is configured (Knowledge:Library)");
        if (asked.Library is not { } library)
            return new HealthFinding(HealthSeverity.Failure, $"the library cannot be loaded: {asked.Failure}",
                "build it with 'edge-agent docs add', or correct Knowledge:Library");
        if (library.Damaged.Count > 0)
            return new HealthFinding(HealthSeverity.Failure, $"{library.Damaged.Count} documents are damaged: {library.Damaged[0]}",
                "add them again with 'edge-agent docs add'");
        if (asked.Failure is { } failure)
            return new HealthFinding(HealthSeverity.Warning, $"the library before the newest answers, which cannot be loaded: {failure}",
                "build it again with 'edge-agent docs add'");
        return new HealthFinding(HealthSeverity.Good, $"{library.Documents.Count} documents, library {library.Version}");
    }
}
