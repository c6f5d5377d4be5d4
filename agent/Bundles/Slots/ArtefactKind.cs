namespace EdgeAgent.Bundles.Slots;

/// <summary>What an artefact says of itself.</summary>
/// <param name="Version">For people.</param>
/// <param name="Release">Grows with every published one; an update refuses a smaller one.</param>
internal sealed record ArtefactFacts(string Name, string Version, long Release);

/// <summary>
/// What travels as a signed directory: a student, or a library of documents. Signature, chunks, slots, journal and rollout are the same.
/// </summary>
/// <param name="Word">As people and topics name it.</param>
/// <param name="ManifestName">The file at its root that says what it is; fetched first.</param>
/// <param name="Read">Reads that file of a directory; throws <see cref="Platform.ModelFileException"/>.</param>
/// <param name="Check">Opens the whole of a directory once; throws <see cref="Platform.ModelFileException"/>.</param>
internal sealed record ArtefactKind(string Word, string ManifestName, Func<string, ArtefactFacts> Read, Action<string> Check)
{
    public static ArtefactKind Student { get; } = new("student", StudentManifest.FileName, directory =>
    {
        var manifest = StudentManifest.Load(directory);
        return new ArtefactFacts(manifest.Name, manifest.Version, manifest.Release);
    }, directory => Bundle.Open(directory).Dispose());

    /// <summary>Whether a directory is one of them, by its file's name.</summary>
    public bool IsIn(string directory) => File.Exists(Path.Combine(directory, ManifestName));
}
