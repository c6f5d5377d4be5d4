namespace EdgeAgent.Knowledge.Reading;

/// <summary>A document cannot be read at all. Says what was expected, what was found and what to do.</summary>
internal sealed class DocumentException : Exception
{
    public DocumentException(string file, string expected, string found, Exception? cause = null)
        : base($"{file}: expected {expected}; found {found}", cause)
    {
    }

    public DocumentException(string message) : base(message)
    {
    }
}
