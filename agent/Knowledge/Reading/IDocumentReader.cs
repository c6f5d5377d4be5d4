namespace EdgeAgent.Knowledge.Reading;

/// <summary>Reads one file format. Its input is untrusted: it ends with a text or a <see cref="DocumentException"/>.</summary>
internal interface IDocumentReader
{
    /// <summary>Extensions of the format's files, in lower case with their point.</summary>
    IReadOnlyList<string> Extensions { get; }

    /// <param name="name">The file's name, for errors.</param>
    /// <exception cref="DocumentException">The file is no such document, or beyond <see cref="ReadingLimits"/>.</exception>
    DocumentText Read(string name, byte[] bytes);
}
