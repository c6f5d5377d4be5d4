namespace EdgeAgent.Tests;

/// <summary>Finds the repository and the shared data beside it. Tests that need absent data skip with a reason.</summary>
internal static class SharedData
{
    public static string Repository { get; } = FindUp("Agent.sln") ?? throw new InvalidOperationException("tests run inside a checkout");

    /// <summary>A file or folder of ../shared/data, or a skipped test.</summary>
    public static string Path(params string[] parts)
    {
        var path = System.IO.Path.Combine([Repository, "..", "shared", "data", .. parts]);
        if (!File.Exists(path) && !Directory.Exists(path)) Assert.Skip($"shared data not beside this checkout: {string.Join('/', parts)}");
        return System.IO.Path.GetFullPath(path);
    }

    private static string? FindUp(string name)
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            if (File.Exists(System.IO.Path.Combine(directory.FullName, name))) return directory.FullName;
        return null;
    }
}

/// <summary>A temporary directory, removed on Dispose.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("edge-agent-test-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        if (Directory.Exists(Path)) Directory.Delete(Path, recursive: true);
    }
}
