namespace EdgeAgent.Updates;

/// <summary>Why an update waits, failed or was rolled back; names as they stand on the topics.</summary>
internal static class UpdateReasons
{
    public const string SigInvalid = "SIG_INVALID", DigestMismatch = "DIGEST_MISMATCH", Downgrade = "DOWNGRADE", NoSpace = "NO_SPACE",
        Incompatible = "INCOMPATIBLE", EngineBuildFailed = "ENGINE_BUILD_FAILED", QualityGate = "QUALITY_GATE",
        HealthTimeout = "HEALTH_TIMEOUT", ThermalDefer = "THERMAL_DEFER", WindowClosed = "WINDOW_CLOSED", Cancelled = "CANCELLED",
        Superseded = "SUPERSEDED";
}
