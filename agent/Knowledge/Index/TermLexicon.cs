using EdgeAgent.Platform;

namespace EdgeAgent.Knowledge.Index;

/// <summary>The word list of this folder, <c>agent/Knowledge/Lexicons/terms.txt</c>.</summary>
internal static class TermLexicon
{
    public static LexiconFile File { get; } = LexiconFile.Embedded(typeof(TermLexicon).Assembly, "Knowledge/Lexicons/terms.txt");
}
