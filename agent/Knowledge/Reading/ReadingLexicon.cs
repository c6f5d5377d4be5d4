using EdgeAgent.Platform;

namespace EdgeAgent.Knowledge.Reading;

/// <summary>The word list of this folder, <c>agent/Knowledge/Lexicons/reading.txt</c>.</summary>
internal static class ReadingLexicon
{
    public static LexiconFile File { get; } = LexiconFile.Embedded(typeof(ReadingLexicon).Assembly, "Knowledge/Lexicons/reading.txt");
}
