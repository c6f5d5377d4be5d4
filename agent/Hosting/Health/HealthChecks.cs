using EdgeAgent.Serving;
using EdgeAgent.Thermal;

namespace EdgeAgent.Hosting.Health;

/// <summary>Whether the first execution provider of the preference list serves.</summary>
internal sealed class ExecutionProviderCheck(StudentRouter router) : IHealthCheck
{
    public string Name => "execution provider";

    public HealthFinding Check()
    {
        var provider = router.Current.Provider;
        return provider.Reasons.Count == 0
            ? new HealthFinding(HealthSeverity.Good, $"{provider.Got} serves")
            : new HealthFinding(HealthSeverity.Warning, $"{provider.Got} serves; passed over: {string.Join("; ", provider.Reasons)}",
                "install an ONNX Runtime library with the provider (native/README.md), or list only the one that serves in " +
                "Student:Providers");
    }
}

/// <summary>Whether state survives a restart.</summary>
internal sealed class StateDirectoryCheck(AgentSettings settings) : IHealthCheck
{
    public string Name => "state directory";

    public HealthFinding Check()
    {
        var path = settings.StateDirectory;
        if (path.Length == 0) return new HealthFinding(HealthSeverity.Warning, "no state directory: answers and updates are not kept");
        if (!Directory.Exists(path))
            return new HealthFinding(HealthSeverity.Failure, $"'{path}' does not exist", "create it, or set StateDirectory");
        return new DirectoryInfo(path).Attributes.HasFlag(FileAttributes.ReadOnly)
            ? new HealthFinding(HealthSeverity.Failure, $"'{path}' is read-only", "mount it writable for the service's user")
            : new HealthFinding(HealthSeverity.Good, $"state is kept in '{path}'");
    }
}

/// <summary>Whether the thermal ladder has anything to read.</summary>
internal sealed class SensorsCheck(IThermalSource sensors, AgentSettings settings) : IHealthCheck
{
    public string Name => "temperature sensors";

    public HealthFinding Check() => sensors.HasSensors
        ? new HealthFinding(HealthSeverity.Good, "the thermal ladder has sensors")
        : new HealthFinding(HealthSeverity.Warning,
            settings.Thermal.Enabled ? "no thermal zone was found: the device is not protected from heat" : "Thermal:Enabled is false",
            settings.Thermal.Enabled
                ? $"check {Sysfs.Root}/class/thermal; on boards without zones build with -p:UseIotBindings=true" : null);
}
