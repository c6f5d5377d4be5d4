using Microsoft.Extensions.Configuration;

namespace EdgeAgent.Hosting.Configuration;

/// <summary>
/// Keys and sections that have a new name. The old one works for one release, with a warning; a row is removed after that.
/// </summary>
internal static class RenamedKeys
{
    /// <summary>Old and new name of a key or of a whole section. The first row that fits a key is used.</summary>
    public static IReadOnlyList<(string Old, string New)> Table { get; } =
    [
        // since the release after 0.1.0
        ("Guard:MostBackOffSeconds", "Supervisor:MaxBackOffSeconds"),
        ("Guard:MostGivenUp", "Supervisor:MaxGivenUp"),
        ("Guard", "Supervisor"),
        ("Panel", "StackLight"),
        ("Updates:MostBundleBytes", "Updates:MaxBundleBytes"),
        ("Updates:LeastSpeed", "Updates:MinSpeed"),
        ("Updates:MostMemory", "Updates:MaxMemory"),
        ("Updates:MostBusy", "Updates:MaxBusy"),
        ("Updates:LeastBatteryPercent", "Updates:MinBatteryPercent"),
    ];

    /// <summary>Keys that mean nothing any more, and what to do; each is ignored, with a warning.</summary>
    private static readonly Dictionary<string, string> Removed = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Thermal:ChangesAnHour"] = "Thermal:TriesAnHour says how often a level that cannot be kept is tried",
    };

    /// <summary>The configuration with every old name replaced by the new one.</summary>
    /// <param name="problems">Gets a line for each key that is given by both names.</param>
    /// <param name="warnings">Gets a line for each old name.</param>
    public static IConfiguration Replace(IConfiguration given, List<string> problems, List<string> warnings)
    {
        var renamed = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        var origins = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (old, value) in Leaves(given))
        {
            if (Removed.TryGetValue(old, out var instead))
            {
                warnings.Add($"{old} is no longer used: {instead}");
                continue;
            }
            var key = NewName(old);
            if (origins.TryGetValue(key, out var other))
            {
                problems.Add($"{old} and {other} are the same option; only {key} must be given");
                continue;
            }
            if (key != old) warnings.Add($"{old} has been renamed {key}; the old name will be removed in the next release");
            (renamed[key], origins[key]) = (value, old);
        }
        return new ConfigurationBuilder().AddInMemoryCollection(renamed).Build();
    }

    private static string NewName(string key)
    {
        foreach (var (old, renamed) in Table)
            if (key.Equals(old, StringComparison.OrdinalIgnoreCase) || key.StartsWith($"{old}:", StringComparison.OrdinalIgnoreCase))
                return renamed + key[old.Length..];
        return key;
    }

    /// <summary>Keys that have a value, and empty lists, which have neither value nor children.</summary>
    private static IEnumerable<KeyValuePair<string, string?>> Leaves(IConfiguration given) =>
        given.AsEnumerable().Where(p => p.Value is not null || !given.GetSection(p.Key).GetChildren().Any());
}
