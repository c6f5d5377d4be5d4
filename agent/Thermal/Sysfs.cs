namespace EdgeAgent.Thermal;

/// <summary>Where sensors and power supplies are looked for.</summary>
internal static class Sysfs
{
    /// <summary>The kernel's tree.</summary>
    public const string Root = "/sys";

    /// <summary>The root of the file system, for what lies outside that tree too.</summary>
    public const string System = "/";

    /// <summary>A root without sensors, for devices whose sensors are switched off.</summary>
    public const string None = "/nonexistent";
}
