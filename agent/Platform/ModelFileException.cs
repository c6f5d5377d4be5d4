namespace EdgeAgent.Platform;

/// <summary>A file of a bundle or checkpoint cannot be used. Says which file, what was expected and what was found.</summary>
internal sealed class ModelFileException : Exception
{
    public ModelFileException(string file, string expected, string found, Exception? inner = null)
        : base($"{file}: expected {expected}; found {found}", inner)
    {
        File = file;
        Expected = expected;
        Found = found;
    }

    public string File { get; }
    public string Expected { get; }
    public string Found { get; }
}
