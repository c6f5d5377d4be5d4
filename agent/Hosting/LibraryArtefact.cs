using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Slots;
using EdgeAgent.Evaluation;
using EdgeAgent.Knowledge;
using EdgeAgent.Knowledge.Storage;
using EdgeAgent.Platform;

namespace EdgeAgent.Hosting;

/// <summary>A library of documents as an artefact that travels and rolls back like a student.</summary>
internal static class LibraryArtefact
{
    public static ArtefactKind Kind { get; } =
        new("library", LibraryDirectory.ManifestName, Facts, Check);

    private static void Check(string directory)
    {
        Open(directory);
        var golden = Path.Combine(directory, Bundle.GoldenFileName);
        if (File.Exists(golden)) DocsSuite.Load(golden);
    }

    /// <summary>Loads a library that came from elsewhere: the whole of it, or none.</summary>
    /// <exception cref="ModelFileException">A document is missing or damaged, or there is no library.</exception>
    public static Library Open(string directory)
    {
        try
        {
            var library = Library.Load(directory);
            return library.Damaged.Count == 0 ? library
                : throw new ModelFileException(directory, "a whole library", string.Join("; ", library.Damaged.Take(3)));
        }
        catch (LibraryException e)
        {
            throw new ModelFileException(directory, "a whole library", e.Message, e);
        }
    }

    private static ArtefactFacts Facts(string directory)
    {
        var library = new LibraryDirectory(directory);
        try
        {
            if (!library.Exists)
                throw new ModelFileException(directory, $"a library with {LibraryDirectory.ManifestName}", "none");
            var manifest = library.ReadManifest();
            return new ArtefactFacts(manifest.Name, manifest.Version, manifest.Release);
        }
        catch (LibraryException e)
        {
            throw new ModelFileException(directory, "a library's list of documents", e.Message, e);
        }
    }
}
