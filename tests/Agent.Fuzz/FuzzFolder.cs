namespace EdgeAgent.Fuzz;

/// <summary>A temporary folder of this process, for parsers that take a path. TMPDIR chooses where; a RAM disk is fast.</summary>
internal static class FuzzFolder
{
    public static string Path { get; } = Create();

    /// <summary>Writes the input, in the place of the one before.</summary>
    /// <returns>Its path.</returns>
    public static string Write(byte[] input)
    {
        var path = System.IO.Path.Combine(Path, "input");
        File.WriteAllBytes(path, input);
        return path;
    }

    private static string Create()
    {
        var folder = Directory.CreateTempSubdirectory("edge-agent-fuzz-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    }
}
