namespace EdgeAgent.Bundles.Signing;

/// <summary>Options of a signature.</summary>
internal sealed record SignOptions
{
    /// <summary>Bytes of one shard; null signs whole files.</summary>
    public long? ShardSize { get; init; }

    public IReadOnlyList<string> IgnorePaths { get; init; } = [];
    public bool IgnoreGitPaths { get; init; } = true;
    public bool AllowSymlinks { get; init; }
}
