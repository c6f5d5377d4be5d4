using EdgeAgent.Platform;

namespace EdgeAgent.Hosting.Health;

/// <summary>The device that the doctor looks at.</summary>
/// <param name="Settings">As the agent would use them.</param>
/// <param name="ConfigurationFile">Where they come from.</param>
internal sealed record DoctorScene(AgentSettings Settings, string ConfigurationFile, TimeProvider Clock)
{
    /// <summary>Directory that holds <c>etc</c>, <c>dev</c>, <c>proc</c>, <c>run</c> and <c>usr</c>; another in tests.</summary>
    public string Root { get; init; } = "/";

    /// <summary>The <c>ep-probe</c> program; null: beside the agent, where it is installed.</summary>
    public string? EpProbe { get; init; }

    /// <summary>Size of the one large piece of device memory that ep-probe tries to take, MiB.</summary>
    public int AllocateMebibytes { get; init; } = 512;

    /// <summary>Process of the agent that uses the state directory; null where none runs.</summary>
    public int? Agent => Settings.StateDirectory.Length == 0 ? null : DirectoryLock.HolderOf(Settings.StateDirectory);

    /// <summary>A path of this machine, such as <c>proc/meminfo</c>.</summary>
    public string In(string path) => Path.Join(Root, path.TrimStart('/'));
}
