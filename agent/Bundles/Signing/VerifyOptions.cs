namespace EdgeAgent.Bundles.Signing;

/// <summary>What the verifier adds to the signature's own rules.</summary>
internal sealed record VerifyOptions
{
    /// <summary>Further paths to leave out, as given by the caller (relative to the working directory).</summary>
    public IReadOnlyList<string> IgnorePaths { get; init; } = [];

    /// <summary>Leave out .git and its kin at the model's root.</summary>
    public bool IgnoreGitPaths { get; init; } = true;

    /// <summary>Follow links where the signature did too.</summary>
    public bool AllowSymlinks { get; init; }

    /// <summary>Files the signature does not cover are no error.</summary>
    public bool IgnoreUnsignedFiles { get; init; }

    /// <summary>Caller's paths relative to the model; those outside it mean nothing.</summary>
    public static IEnumerable<string> Relative(string model, IEnumerable<string> paths)
    {
        var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(model));
        return paths.Select(p => Path.GetRelativePath(root, Path.GetFullPath(p)).Replace(Path.DirectorySeparatorChar, '/'))
            .Where(p => p != "." && !p.StartsWith("..", StringComparison.Ordinal) && !Path.IsPathRooted(p));
    }
}
