namespace EdgeAgent.Bundles.Signing;

/// <summary>Which files of a model are listed.</summary>
/// <param name="IgnorePaths">Exact paths relative to the model; everything below them is ignored too.</param>
internal sealed record TreeRules(bool AllowSymlinks, bool IgnoreGitPaths, IReadOnlyCollection<string> IgnorePaths);

/// <summary>A regular file of a model. Ignored files are listed too, since a signature may cover them.</summary>
internal sealed record ModelFile(string Name, string FullPath, long Length, bool Ignored);

/// <summary>
/// Lists the regular files of a model (section 6.1). Symbolic links are followed only where the rules allow it, and never out of
/// the model.
/// </summary>
internal static class ModelTree
{
    private const int MaxDepth = 64;
    private static readonly string[] GitPaths = [".git", ".gitignore", ".gitattributes", ".github"];

    /// <summary>The default exclusions, top-level names of the model root (section 6.2).</summary>
    public static IReadOnlyList<string> DefaultIgnored => GitPaths;

    /// <exception cref="VerificationException">A forbidden link, or an entry that is neither file nor folder.</exception>
    public static IReadOnlyList<ModelFile> List(string model, TreeRules rules)
    {
        if (File.Exists(model))
            return [new ModelFile(Path.GetFileName(model), Path.GetFullPath(model), new FileInfo(model).Length, Ignored: false)];
        if (!Directory.Exists(model)) throw new VerificationException($"a model '{model}'", "no such file or directory");
        var files = new List<ModelFile>();
        var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(model));
        Walk(new DirectoryInfo(root), "", ignored: false, depth: 0);
        return files;

        void Walk(DirectoryInfo directory, string prefix, bool ignored, int depth)
        {
            if (depth > MaxDepth) throw new VerificationException($"folders nested at most {MaxDepth} deep", $"'{prefix}'");
            foreach (var entry in directory.EnumerateFileSystemInfos("*",
                new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false }))
            {
                var name = prefix + entry.Name;
                var skip = ignored || rules.IgnorePaths.Contains(name)
                    || rules.IgnoreGitPaths && prefix.Length == 0 && GitPaths.Contains(entry.Name);
                var target = entry;
                if (entry.LinkTarget is not null)
                {
                    if (skip) continue;
                    target = Follow(entry, name);
                }
                if (target is DirectoryInfo sub) Walk(sub, name + "/", skip, depth + 1);
                else if (target is FileInfo { Exists: true } file && (file.Attributes & FileAttributes.Device) == 0)
                    files.Add(new ModelFile(name, file.FullName, file.Length, skip));
                else throw new VerificationException($"'{name}' to be a file", "something else");
            }
        }

        FileSystemInfo Follow(FileSystemInfo link, string name)
        {
            if (!rules.AllowSymlinks)
                throw new VerificationException("no symbolic links (allow_symlinks is not set by both the signature and the caller)",
                    $"'{name}'");
            var target = link.ResolveLinkTarget(returnFinalTarget: true);
            if (target is not { Exists: true }) throw new VerificationException($"the link '{name}' to lead to a file", "no such file");
            return target.FullName.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal)
                ? target : throw new VerificationException($"the link '{name}' to stay inside the model", "it leads out of it");
        }
    }
}
