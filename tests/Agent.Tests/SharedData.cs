namespace EdgeAgent.Tests;

/// <summary>
/// Finds the repository and the data of tests: first tests/data, which every clone has, then ../shared/data. Third-party models
/// and data sets are only in the second; tests that need them skip without it and name what is missing (tests/data/README.md).
/// </summary>
internal static class SharedData
{
    public static string Repository { get; } = FindUp("Agent.sln") ?? throw new InvalidOperationException("tests run inside a checkout");

    /// <summary>A file or folder of the data, or a skipped test.</summary>
    public static string Path(params string[] parts)
    {
        var path = Find(parts);
        if (path is null) Assert.Skip($"needs third-party data that is not in the repository: ../shared/data/{string.Join('/', parts)}");
        return path;
    }

    /// <summary>A file or folder of the data, or null.</summary>
    public static string? Find(params string[] parts)
    {
        foreach (var root in new[] { System.IO.Path.Combine("tests", "data"), System.IO.Path.Combine("..", "shared", "data") })
        {
            var path = System.IO.Path.GetFullPath(System.IO.Path.Combine([Repository, root, .. parts]));
            if (File.Exists(path) || Directory.Exists(path)) return path;
        }
        return null;
    }

    private static string? FindUp(string name)
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            if (File.Exists(System.IO.Path.Combine(directory.FullName, name))) return directory.FullName;
        return null;
    }
}
