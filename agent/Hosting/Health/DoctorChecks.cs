namespace EdgeAgent.Hosting.Health;

/// <summary>What the doctor looks at, in this order. A new check gets a line here.</summary>
internal static class DoctorChecks
{
    public static IReadOnlyList<IDoctorCheck> For(DoctorScene scene) =>
    [
        new ConfigurationCheck(scene),
        new RunningAgentCheck(scene),
        new ProviderCheck(scene),
        new EpProbeCheck(scene),
        new SignatureCheck(scene),
        new LoadCheck(scene),
        new PreparedCheck(scene),
        new MemoryCheck(scene),
        new BrokerReachCheck(scene),
        new CertificateCheck(scene),
        new ClockCheck(scene),
        new StateCheck(scene),
        new DiskCheck(scene),
        new PermissionCheck(scene),
        new GroupCheck(scene),
        new UpdateCheck(scene),
        new SensorCheck(scene),
        new PowerModeCheck(scene),
    ];
}
