using EdgeAgent.Answers;
using EdgeAgent.Mqtt;
using EdgeAgent.Platform;
using EdgeAgent.Serving;
using EdgeAgent.Telemetry;
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
        try
        {
            var probe = Path.Combine(path, ".write-test");
            File.WriteAllBytes(probe, [0]);
            File.Delete(probe);
            return new HealthFinding(HealthSeverity.Good, $"state is kept in '{path}'");
        }
        catch (Exception e) when (DiskErrors.Include(e))
        {
            return new HealthFinding(HealthSeverity.Failure,
                $"'{path}' cannot be written: {e.Message} The device answers; corrections, ratings and updates are not kept",
                "free space on its disk, or mount it writable for the service's user, then restart the service");
        }
    }
}

/// <summary>Whether answers, figures and what waits for the broker are stored.</summary>
internal sealed class DatabasesCheck(Optional<AnswerCache> answers, BusinessView business, MqttLink link) : IHealthCheck
{
    public string Name => "databases";

    public HealthFinding Check()
    {
        var problem = answers.Value?.Problem is { } answer ? $"the stored answers cannot be written: {answer}"
            : business.Problem is { } figures ? $"the business figures cannot be written: {figures}"
            : link.Report.OutboxProblem is { } waiting ? $"what waits for the broker cannot be written: {waiting}" : null;
        return problem is null ? new HealthFinding(HealthSeverity.Good, "answers, figures and what waits for the broker are stored")
            : new HealthFinding(HealthSeverity.Failure, problem,
                "free space on the disk of the state directory, or mend the file's rights; the agent tries again by itself");
    }
}

/// <summary>Says why the device takes no updates.</summary>
internal sealed class UpdatesCheck(string reason) : IHealthCheck
{
    public string Name => "updates";

    public HealthFinding Check() => new(HealthSeverity.Failure, $"no updates: the journal cannot be written: {reason}",
        "mend the directory 'updates' in the state directory, then restart the service");
}

/// <summary>Whether the thermal ladder has anything to read.</summary>
internal sealed class SensorsCheck(IThermalSource sensors, AgentSettings settings) : IHealthCheck
{
    public string Name => "temperature sensors";

    public HealthFinding Check() => sensors.Stuck is { Count: > 0 } stuck
        ? new HealthFinding(HealthSeverity.Warning, $"zones that have said the same for an hour: {string.Join(", ", stuck)}",
            "if they are not real, add them to Thermal:Ignore")
        : sensors.HasSensors
        ? new HealthFinding(HealthSeverity.Good, "the thermal ladder has sensors")
        : new HealthFinding(HealthSeverity.Warning,
            settings.Thermal.Enabled ? "no thermal zone was found: the device is not protected from heat" : "Thermal:Enabled is false",
            settings.Thermal.Enabled
                ? $"check {Sysfs.Root}/class/thermal; a virtual machine or a container may hide it" : null);
}
