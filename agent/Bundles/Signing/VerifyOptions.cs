namespace EdgeAgent.Bundles.Signing;

/// <summary>The verifier's rules beside those of the signature.</summary>
internal sealed record VerifyOptions
{
    /// <summary>Further paths to ignore, relative to the working directory.</summary>
    public IReadOnlyList<string> IgnorePaths { get; init; } = [];

    /// <summary>Ignore .git, .gitignore, .gitattributes and .github at the model's root.</summary>
    public bool IgnoreGitPaths { get; init; } = true;

    /// <summary>Follow symbolic links, if the signature allows it too.</summary>
    public bool AllowSymlinks { get; init; }

    /// <summary>Accept files that the signature does not cover.</summary>
    public bool IgnoreUnsignedFiles { get; init; }

    /// <summary>Paths relative to the model; those outside it are dropped.</summary>
    public static IEnumerable<string> Relative(string model, IEnumerable<string> paths)
    {
        var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(model));
        return paths.Select(p => Path.GetRelativePath(root, Path.GetFullPath(p)).Replace(Path.DirectorySeparatorChar, '/'))
            .Where(p => p != "." && !p.StartsWith("..", StringComparison.Ordinal) && !Path.IsPathRooted(p));
    }
}
